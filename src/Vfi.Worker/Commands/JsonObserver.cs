using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vfi.Pipeline;

namespace Vfi.Worker.Commands;

/// <summary>Reports a conversion as JSON lines: probe, note, phase, progress, done.</summary>
internal sealed class JsonObserver(TextWriter output) : IConversionObserver
{
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly Stopwatch _converting = new();
    private ConversionPlan? _plan;

    public void Planned(ConversionPlan plan)
    {
        _plan = plan;
        _converting.Start();
        Write(new JsonObject
        {
            ["event"] = "probe",
            ["input"] = plan.Input,
            ["output"] = plan.Output,
            ["width"] = plan.Width,
            ["height"] = plan.Height,
            ["pixelFormat"] = plan.PixelFormat,
            ["codec"] = plan.Codec,
            ["sourceFrames"] = plan.SourceFrames,
            ["sourceFps"] = plan.SourceFps.ToString(),
            ["constantRate"] = plan.IsConstantRate,
            ["outputFps"] = plan.OutputFps.ToString(),
            ["outputFrames"] = plan.OutputFrames,
            ["duration"] = Math.Round(plan.Duration.Value, 6),
            ["model"] = plan.Model,
            ["provider"] = plan.Provider,
            ["encoder"] = plan.Encoder,
            ["chunks"] = plan.Chunks,
            ["finishedChunks"] = plan.FinishedChunks,
        });
    }

    public void Note(string text) => Write(new JsonObject { ["event"] = "note", ["text"] = text });

    public void Phase(string text) => Write(new JsonObject { ["event"] = "phase", ["phase"] = text });

    public void Progress(long frames)
    {
        lock (_sinceLast)
        {
            if (_plan is null || (_sinceLast.ElapsedMilliseconds < 500 && frames < _plan.OutputFrames))
                return;
            _sinceLast.Restart();
        }
        var fps = (frames - _plan.FinishedFrames) / Math.Max(0.001, _converting.Elapsed.TotalSeconds);
        Write(new JsonObject
        {
            ["event"] = "progress",
            ["frames"] = frames,
            ["total"] = _plan.OutputFrames,
            ["percent"] = Math.Round(100.0 * frames / _plan.OutputFrames, 1),
            ["fps"] = Math.Round(fps, 2),
            ["secondsLeft"] = fps > 0 ? Math.Round((_plan.OutputFrames - frames) / fps, 1) : null,
        });
    }

    public void Done(ConversionReport report) => Write(new JsonObject
    {
        ["event"] = "done",
        ["output"] = report.Plan.Output,
        ["frames"] = report.Plan.OutputFrames,
        ["fps"] = report.Plan.OutputFps.ToString(),
        ["sourceFramesShown"] = report.Frames.Source,
        ["interpolated"] = report.Frames.Interpolated,
        ["heldAtCut"] = report.Frames.HeldAtCut,
        ["heldStill"] = report.Frames.HeldStill,
        ["held"] = report.Frames.Held,
        ["cuts"] = report.Frames.Cuts,
        ["missingSourceFrames"] = report.MissingSourceFrames,
        ["newFrames"] = report.NewFrames,
        ["seconds"] = Math.Round(report.Seconds, 3),
    });

    private void Write(JsonObject line)
    {
        lock (output)
        {
            output.WriteLine(line.ToJsonString(new JsonSerializerOptions { WriteIndented = false }));
            output.Flush();
        }
    }
}
