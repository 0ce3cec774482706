using Vfi.Pipeline.Media;

namespace Vfi.Tests.Media;

public sealed class ErrorTailTests
{
    [Fact]
    public void What_ffmpeg_says_of_repetitions_is_not_the_reason()
    {
        var tail = new ErrorTail();
        tail.Add("[mov @ 0x55c6e127c4c0] wrong sample count");
        tail.Add("    Last message repeated 1 times");
        Assert.Equal("mov: wrong sample count", tail.Summary);
    }

    [Fact]
    public void The_first_and_the_last_lines_are_kept_of_many()
    {
        var tail = new ErrorTail();
        for (var i = 0; i < 1000; i++)
            tail.Add($"line {i}");
        Assert.Equal(("line 999 (line 0)", 1000L), (tail.Summary, tail.Count));
        Assert.InRange(tail.Lines.Count, 2, 100);
    }
}
