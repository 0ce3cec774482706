using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Vfi.Pipeline;

namespace Vfi.Worker.Commands;

/// <summary>
/// Reports a conversion to a person: notes as lines, progress as a bar that is redrawn in place, or one line every
/// ten seconds where stderr is not a terminal.
/// </summary>
internal sealed class TerminalObserver : IConversionObserver, IDisposable
{
    private const int BarWidth = 30;
    private readonly TextWriter _output;
    private readonly IAnsiConsole _console;
    private readonly bool _redraws;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly Stopwatch _converting = new();
    private ConversionPlan? _plan;
    private string _phase = "";
    private bool _barShown;

    public TerminalObserver(TextWriter output)
    {
        _output = output;
        _redraws = !Console.IsErrorRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
    }

    public void Planned(ConversionPlan plan)
    {
        _plan = plan;
        _converting.Start();
        Line(string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileName(plan.Input)}: {plan.Width}x{plan.Height} {plan.PixelFormat}, {plan.SourceFrames} frames at {plan.SourceFps.Value:0.###} fps" +
            $"{(plan.IsConstantRate ? "" : ", variable")} -> {plan.OutputFrames} frames at {plan.OutputFps.Value:0.###} fps, {plan.Model} on {plan.Provider}, {plan.Encoder}"));
        if (plan.FinishedChunks > 0)
            Line($"{plan.FinishedChunks} of {plan.Chunks} chunks are finished already");
    }

    public void Note(string text) => Line("note: " + text);

    public void Phase(string text)
    {
        _phase = text;
        if (_barShown && _plan is not null)
            Draw(_plan.OutputFrames);
    }

    public void Progress(long frames)
    {
        lock (_sinceLast)
        {
            if (_plan is null || _sinceLast.ElapsedMilliseconds < (_redraws ? 200 : 10_000))
                return;
            _sinceLast.Restart();
            Draw(frames);
        }
    }

    public void Done(ConversionReport report)
    {
        var f = report.Frames;
        ClearBar();
        Line(string.Create(CultureInfo.InvariantCulture,
            $"{f.Source} source frames passed, {f.Interpolated} interpolated, {f.HeldAtCut} held at {f.Cuts} scene cuts, {f.HeldStill} held still, {f.Held} held" +
            $"{(report.MissingSourceFrames > 0 ? $", {report.MissingSourceFrames} source frames missing" : "")}; " +
            $"{report.Seconds:0.0} s, {report.NewFrames / Math.Max(0.001, report.Seconds):0.0} frames per second"));
        Console.Out.WriteLine(report.Plan.Output);
    }

    public void Dispose() => ClearBar();

    private void Draw(long frames)
    {
        var plan = _plan!;
        var fraction = (double)frames / plan.OutputFrames;
        var fps = (frames - plan.FinishedFrames) / Math.Max(0.001, _converting.Elapsed.TotalSeconds);
        var left = fps > 0 ? TimeSpan.FromSeconds((plan.OutputFrames - frames) / fps).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : "-:--:--";
        var figures = string.Create(CultureInfo.InvariantCulture, $"{fraction * 100,5:0.0} %  {fps,6:0.0} fps  {left} left  {_phase}");
        if (!_redraws)
        {
            _output.WriteLine(figures.Trim());
            return;
        }
        var full = (int)(fraction * BarWidth);
        _output.Write('\r');
        _console.Markup($"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/] {Markup.Escape(figures)}");
        _output.Write("\u001b[K");
        _barShown = true;
    }

    private void Line(string text)
    {
        ClearBar();
        _output.WriteLine(text);
    }

    private void ClearBar()
    {
        if (_barShown)
            _output.Write("\r\u001b[K");
        _barShown = false;
    }
}
