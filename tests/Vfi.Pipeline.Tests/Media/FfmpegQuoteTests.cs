using System.Diagnostics;
using Vfi.Pipeline.Media;

namespace Vfi.Tests.Media;

public sealed class FfmpegQuoteTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("quote\"inside")]
    [InlineData("back\\slash")]
    [InlineData("ends with \\")]
    [InlineData("\\\"both\\\\\"")]
    [InlineData("new\nline")]
    [InlineData("%03d:*?$HOME`id`'")]
    public void Quoted_text_arrives_as_one_argument(string text)
    {
        using var process = Process.Start(new ProcessStartInfo("printf", "%s " + Ffmpeg.Quote(text)) { RedirectStandardOutput = true })!;
        Assert.Equal(text, process.StandardOutput.ReadToEnd());
    }
}
