using FFMpegCore.Arguments;
using FFMpegCore.Pipes;

namespace FFMpegCore;

/// <summary>Builds one ffmpeg command line: inputs, then one output.</summary>
public sealed class FFMpegArguments
{
    private readonly List<IArgument> _arguments = [];

    private FFMpegArguments()
    {
    }

    internal string Text => string.Join(' ', _arguments.Select(a => a.Text).Where(t => t.Length > 0));

    internal IPipeSource? Source { get; private set; }

    internal IPipeSink? Sink { get; private set; }

    public static FFMpegArguments FromFileInput(
        string filePath, bool verifyExists = true, Action<FFMpegArgumentOptions>? addArguments = null) =>
        new FFMpegArguments().AddFileInput(filePath, verifyExists, addArguments);

    public static FFMpegArguments FromPipeInput(
        IPipeSource sourcePipe, Action<FFMpegArgumentOptions>? addArguments = null)
    {
        var arguments = new FFMpegArguments { Source = sourcePipe };
        return arguments.Add($"{sourcePipe.GetStreamArguments()} -i pipe:0", addArguments);
    }

    /// <exception cref="FileNotFoundException"><paramref name="verifyExists"/> is set and the file is missing.</exception>
    public FFMpegArguments AddFileInput(
        string filePath, bool verifyExists = true, Action<FFMpegArgumentOptions>? addArguments = null)
    {
        if (verifyExists && !File.Exists(filePath))
            throw new FileNotFoundException("Input file not found", filePath);
        return Add($"-i \"{filePath}\"", addArguments);
    }

    public FFMpegArgumentProcessor OutputToFile(
        string file, bool overwrite = true, Action<FFMpegArgumentOptions>? addArguments = null)
    {
        Add($"\"{file}\"{(overwrite ? " -y" : "")}", addArguments);
        return new FFMpegArgumentProcessor(this);
    }

    public FFMpegArgumentProcessor OutputToPipe(
        IPipeSink reader, Action<FFMpegArgumentOptions>? addArguments = null)
    {
        Sink = reader;
        var format = reader.GetFormat();
        Add($"{(format.Length > 0 ? $"-f {format} " : "")}pipe:1 -y", addArguments);
        return new FFMpegArgumentProcessor(this);
    }

    private FFMpegArguments Add(string text, Action<FFMpegArgumentOptions>? addArguments)
    {
        var options = new FFMpegArgumentOptions();
        addArguments?.Invoke(options);
        _arguments.AddRange(options.Arguments);
        _arguments.Add(new CustomArgument(text));
        return this;
    }
}
