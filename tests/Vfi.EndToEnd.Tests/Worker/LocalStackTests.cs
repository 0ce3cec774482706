using System.Diagnostics;

namespace Vfi.Tests.Worker;

public sealed class LocalStackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_local_stack_takes_a_job_from_upload_to_result()
    {
        var clip = _folder.File("clip.mp4");
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=0.5", clip);
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "infra", "local", "up"), [_folder.File("stack")]) { RedirectStandardOutput = true };
        foreach (var name in (string[])["BLOB_PORT", "BUS_PORT", "BUS_CONTROL_PORT"])
            start.Environment[name] = $"{NodeServer.FreePort()}";
        using var stack = Process.Start(start)!;
        try
        {
            // What it prints ends with the commands to type.
            while (await stack.StandardOutput.ReadLineAsync() is { } line && !line.Contains("vfi status", StringComparison.Ordinal))
            {
            }
            string[] config = ["--config", _folder.File("stack/worker.json")];
            Assert.Equal(0, VfiCommand.Run(["submit", "videos/clip.mp4", "--upload", clip, .. config]).ExitCode);
            var worker = VfiCommand.Run(["worker", "--drain", "--Worker:DrainSeconds=1", $"--Worker:HealthAddress=http://localhost:{NodeServer.FreePort()}", "--Jobs:Model=blend", .. config]);
            Assert.True(worker.ExitCode == 0, worker.Output + worker.Errors);
            Assert.Contains("completed  results/clip_2x.mp4  10 frames", VfiCommand.Run(["status", .. config]).Output, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("kill", $"{stack.Id}");
            await stack.WaitForExitAsync();
        }
    }

    public void Dispose() => _folder.Dispose();
}
