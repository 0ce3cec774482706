using System.Text.RegularExpressions;

namespace Vfi.Pipeline.Media;

/// <summary>The first and the last lines of a program's stderr: a broken file can make ffmpeg write without end.</summary>
internal sealed partial class ErrorTail
{
    private const int Kept = 20;
    private const int LineLength = 400;
    private readonly List<string> _first = [];
    private readonly Queue<string> _last = [];

    /// <summary>Lines seen, kept or not.</summary>
    public long Count { get; private set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_first)
                return [.. _first, .. _last];
        }
    }

    /// <summary>The last line that says something, or null.</summary>
    public string? Summary
    {
        get
        {
            var lines = Lines.Where(l => !string.IsNullOrWhiteSpace(l) && l != "Conversion failed!").ToList();
            return lines.Count == 0 ? null : lines.Count == 1 ? lines[0] : $"{lines[^1]} ({lines[0]})";
        }
    }

    public void Add(string line)
    {
        if (line.TrimStart().StartsWith("Last message repeated", StringComparison.Ordinal))
            return;
        line = Speaker().Replace(line, "$1: ");
        line = line.Length > LineLength ? line[..LineLength] + "…" : line;
        lock (_first)
        {
            Count++;
            if (_first.Count < Kept)
            {
                _first.Add(line);
                return;
            }
            _last.Enqueue(line);
            if (_last.Count > Kept)
                _last.Dequeue();
        }
    }

    /// <summary>Who speaks, such as "[h264 @ 0x55c6e127c4c0] ": the address says nothing to anybody.</summary>
    [GeneratedRegex(@"\[([^\]@]+) @ 0x[0-9a-f]+\] ")]
    private static partial Regex Speaker();
}
