namespace Vfi.Tests.Worker;

/// <summary>The queue over TLS, as Azure has it.</summary>
public sealed class SecureQueueTests : WorkerTests
{
    [Theory]
    [InlineData("Tcp")]
    [InlineData("WebSockets")]
    public async Task A_job_comes_out_over_TLS(string transport)
    {
        using var certificate = new ServerCertificate();
        using var broker = Broker.Start(certificate: certificate);
        Open(new SpoolSite());
        string[] queue =
        [
            .. Site.Settings, "--Queue:Kind=ServiceBus", $"--Queue:Transport={transport}",
            $"--Queue:ConnectionString={(transport == "Tcp" ? broker.ConnectionString : broker.WebSocketConnectionString)}",
        ];
        var (exit, _, errors) = VfiCommand.Run(["submit", "videos/dir/in.mp4", .. queue]);
        Assert.Equal(1, exit);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
        Assert.Contains("certificate", errors, StringComparison.Ordinal);
        Assert.Equal((0, "job-1\n", ""), Run(["submit", "videos/dir/in.mp4", "--interp-ratio", "3", "--id", "job-1", .. queue]));
        Assert.Equal(0, Run(["worker", "--drain", .. queue]).ExitCode);
        Assert.Equal("completed", Site.Status("job-1")!["state"]!.GetValue<string>());

        (int ExitCode, string Output, string Errors) Run(string[] arguments)
        {
            using var process = VfiCommand.Start(certificate.Trust, arguments);
            var problems = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, problems.GetAwaiter().GetResult());
        }
    }
}
