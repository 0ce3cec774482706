using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Lossless: libx264 on several threads does not always make the same of the same frames.</summary>
    private string[] Command(string output) =>
        ["convert", "--json", _folder.File("in.mp4"), "-o", output, "--model", "blend", "--interp-ratio", "3", "--chunk-seconds", "1", "--preset", "veryfast", "--crf", "0", "--work-dir", _folder.File("work")];

    [Fact]
    public void Killed_again_and_again_the_result_is_that_of_one_quiet_run()
    {
        Clip();
        VfiCommand.Convert([.. Command(_folder.File("whole.mp4"))[2..^1], _folder.File("other")]);
        var random = new Random(11);
        var kills = 0;
        List<string> finished = [];
        while (kills < 10)
        {
            using var process = VfiCommand.Start(Command(_folder.File("out.mp4")));
            if (process.WaitForExit(random.Next(400, 1300)))
                break;
            process.Kill();
            process.WaitForExit();
            kills++;
            var now = Recorded();
            Assert.All(finished, c => Assert.Contains(c, now));
            Assert.All(now, c => Assert.True(File.Exists(Path.Combine(_folder.File("work"), c)), $"{c} is recorded and missing"));
            finished = now;
        }
        Assert.True(kills >= 3, "the clip is too short to be killed");
        AssertNoChildren();
        if (!File.Exists(_folder.File("out.mp4")))
            VfiCommand.Convert(Command(_folder.File("out.mp4"))[2..]);
        Assert.Equal(Tool.FrameHashes(_folder.File("whole.mp4")), Tool.FrameHashes(_folder.File("out.mp4")));
    }

    [Fact]
    public void A_finished_work_folder_converts_nothing_again()
    {
        Clip();
        VfiCommand.Convert(Command(_folder.File("a.mp4"))[2..]);
        var report = VfiCommand.Convert(Command(_folder.File("b.mp4"))[2..]);
        Assert.Equal(0, report["newFrames"]!.GetValue<int>());
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mp4")), Tool.FrameHashes(_folder.File("b.mp4")));
    }

    [Fact]
    public void Lost_chunks_in_the_middle_are_made_again_and_equal()
    {
        Clip();
        VfiCommand.Convert(Command(_folder.File("a.mp4"))[2..]);
        File.Delete(Path.Combine(_folder.File("work"), "chunk-000003.mp4"));
        File.Delete(Path.Combine(_folder.File("work"), "chunk-000006.mp4"));
        VfiCommand.Convert(Command(_folder.File("b.mp4"))[2..]);
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mp4")), Tool.FrameHashes(_folder.File("b.mp4")));
    }

    [Fact]
    public void A_failed_join_keeps_the_chunks()
    {
        Clip();
        VfiCommand.Convert(Command(_folder.File("a.mp4"))[2..]);
        Assert.Contains("chunks are kept", FailAtFileSize(LargestChunk() / 1024 + 64, _folder.File("b.mp4")), StringComparison.Ordinal);
        Assert.Equal(8, Directory.GetFiles(_folder.File("work"), "chunk-??????.mp4").Length);
        Assert.Equal(["a.mp4", "in.mp4", "work"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(0, VfiCommand.Convert(Command(_folder.File("b.mp4"))[2..])["newFrames"]!.GetValue<int>());
    }

    [Fact]
    public void A_chunk_whose_last_bytes_could_not_be_written_is_not_taken_for_finished()
    {
        Clip();
        VfiCommand.Convert(Command(_folder.File("a.mp4"))[2..]);
        // ffmpeg 5.1 exits with 0 when only the end of a file could not be written.
        var limit = (LargestChunk() - 1) / 1024;
        Directory.Delete(_folder.File("work"), recursive: true);
        Assert.Contains("File too large", FailAtFileSize(limit, _folder.File("b.mp4")), StringComparison.Ordinal);
        Assert.All(Recorded(), c => Tool.FrameHashes(Path.Combine(_folder.File("work"), c)));
        VfiCommand.Convert(Command(_folder.File("b.mp4"))[2..]);
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mp4")), Tool.FrameHashes(_folder.File("b.mp4")));
    }

    [Fact]
    public void A_full_disk_is_named_and_the_same_command_goes_on_when_there_is_room()
    {
        Clip();
        VfiCommand.Convert(Command(_folder.File("a.mp4"))[2..]);
        var room = LargestChunk() * 5 / 2;
        Directory.Delete(_folder.File("work"), recursive: true);
        Directory.CreateDirectory(_folder.File("work"));
        // A disk of its own for the work folder, in a mount namespace of its own.
        var (exit, _, errors) = Tool.Try(
            "unshare",
            ["-rm", "bash", "-c", $"mount -t tmpfs -o size={room} tmpfs \"$1\" && \"${{@:2}}\"; echo \"first: $?\" >&2; mount -o remount,size=100m \"$1\" && exec \"${{@:2}}\"",
                "bash", _folder.File("work"), "dotnet", VfiCommand.Program, .. Command(_folder.File("b.mp4"))]);
        Assert.True(exit == 0, errors);
        Assert.Matches("no space left on the disk; make room and run the same command again.*\nfirst: 1\n", errors);
        Assert.Equal(Tool.FrameHashes(_folder.File("a.mp4")), Tool.FrameHashes(_folder.File("b.mp4")));
    }

    [Theory]
    [InlineData("ffmpeg.*in.mp4.*-f nut")]
    [InlineData("ffmpeg.*rawvideo.*chunk-")]
    public async Task A_killed_decoder_or_encoder_is_a_failure_to_try_again_that_keeps_the_chunks(string victim)
    {
        Clip();
        using var process = VfiCommand.Start("convert", "--json", _folder.File("in.mp4"), "-o", _folder.File("out.mp4"), "--interp-ratio", "3", "--chunk-seconds", "1");
        var output = process.StandardOutput.ReadToEndAsync();
        var hidden = _folder.File(".out.mp4.vfi");
        while (!process.HasExited && (!Directory.Exists(hidden) || Directory.GetFiles(hidden, "chunk-??????.mp4").Length == 0))
            Thread.Yield();
        Process.Start("pkill", ["-9", "-f", victim.Replace("in.mp4", _folder.File("in.mp4"), StringComparison.Ordinal).Replace("chunk-", hidden, StringComparison.Ordinal)]).WaitForExit();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.NotEmpty(Directory.GetFiles(hidden, "chunk-??????.mp4"));
        Assert.Contains("from outside", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("done", await output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ffmpeg", "framecrc", "in.h264")]
    [InlineData("ffprobe", "packet=", "in.ts")]
    public void What_tells_the_frames_and_is_killed_is_a_failure_to_try_again_and_not_a_shorter_video(string program, string argument, string name)
    {
        // Neither says how many frames it holds.
        var source = _folder.File(name);
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=20", "-c:v", "libx264", "-preset", "ultrafast", source);
        // The program itself, but for the run in question, which is killed after some of what it writes.
        var stand = _folder.File(program);
        File.WriteAllText(stand, $"#!/bin/bash\nPATH=${{PATH#*:}}\ncase \"$*\" in *{argument}*) ;; *) exec {program} \"$@\" ;; esac\n{program} \"$@\" & sleep 0.1; kill -9 $!; {{ wait $!; }} 2>/dev/null; kill -9 $$\n");
        Tool.Run("chmod", "+x", stand);
        using var process = VfiCommand.Start(
            new Dictionary<string, string> { ["PATH"] = _folder.Path + ":" + Environment.GetEnvironmentVariable("PATH") }, "convert", source, "-o", _folder.File("out.mkv"), "--model", "hold");
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 1, $"{process.ExitCode}: {errors}");
        Assert.Contains("from outside", errors, StringComparison.Ordinal);
        Assert.Contains("run the same command again", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.mkv")));
    }

    [Fact]
    public void Cancelling_ends_with_130_and_leaves_no_child()
    {
        Clip();
        // Twenty times the rate: far from its end when the signal comes.
        using var process = VfiCommand.Start([.. Command(_folder.File("out.mp4")).Select(a => a == "3" ? "20" : a)]);
        while (process.StandardOutput.ReadLine() is { } line && !line.Contains("progress", StringComparison.Ordinal))
        {
        }
        Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        Assert.True(process.WaitForExit(10_000));
        Assert.Equal(130, process.ExitCode);
        AssertNoChildren();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Files of the chunks that the manifest records: what a kill may not take. One that is written and not yet recorded is made again.</summary>
    private List<string> Recorded()
    {
        var manifest = Path.Combine(_folder.File("work"), "manifest.json");
        return !File.Exists(manifest) ? []
            : [.. JsonNode.Parse(File.ReadAllText(manifest))!["chunks"]!.AsObject().Select(c => c.Value!["file"]!.GetValue<string>())];
    }

    private long LargestChunk() => Directory.GetFiles(_folder.File("work"), "chunk-??????.mp4").Max(f => new FileInfo(f).Length);

    /// <summary>Runs the command where files may not grow beyond so many KiB; must fail, and returns what it said.</summary>
    private string FailAtFileSize(long limit, string output)
    {
        var (exit, _, errors) = Tool.Try(
            "bash", ["-c", $"ulimit -f {limit}; trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "bash", "dotnet", VfiCommand.Program, .. Command(output)]);
        Assert.Equal(1, exit);
        return errors;
    }

    private void Clip() => Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", "-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-g", "30", "-c:a", "aac", _folder.File("in.mp4"));

    /// <summary>No ffmpeg that works on this test's files outlives its parent by more than a moment.</summary>
    private void AssertNoChildren()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var pgrep = Process.Start(new ProcessStartInfo("pgrep", ["-f", "ff(mpeg|probe).*" + _folder.Path]) { RedirectStandardOutput = true })!;
            var found = pgrep.StandardOutput.ReadToEnd();
            if (found.Length == 0)
                return;
            Assert.True(watch.ElapsedMilliseconds < 5000, "still running: " + found);
            Thread.Yield();
        }
    }
}
