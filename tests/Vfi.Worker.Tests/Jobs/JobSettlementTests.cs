using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Jobs;

public sealed class JobSettlementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_is_done_stays_done_when_its_message_cannot_be_completed(bool timesOut)
    {
        await using var services = Services();
        MakeClip();
        var queue = services.GetRequiredService<IJobQueue>();
        await queue.SendAsync(new OutgoingMessage("job1", "{\"video\":\"videos/a.mp4\"}", null), TimeSpan.Zero, None);
        await using var delivery = await queue.ReceiveAsync(TimeSpan.FromSeconds(5), None);
        Exception failure = timesOut ? new OperationCanceledException() : new TimeoutException("no answer");
        await services.GetRequiredService<JobProcessor>().ProcessAsync(new UnsettledDelivery(delivery!, failure), None, None);
        var status = await File.ReadAllTextAsync(Path.Combine(_folder.Path, "store", "vfi", "status", "job1.json"));
        Assert.Contains("\"state\": \"completed\"", status, StringComparison.Ordinal);
    }

    /// <param name="deliveries">So many times the queue has given the message to a worker.</param>
    /// <param name="seconds">At least: three times Worker:StatusSeconds; three quarters of Worker:MaxRetrySeconds.</param>
    [Theory]
    [InlineData(1, 15)]
    [InlineData(20, 450)]
    public async Task A_message_for_a_job_at_work_elsewhere_waits_longer_each_time(int deliveries, double seconds)
    {
        await using var provider = Services();
        var services = provider.GetRequiredService<JobServices>();
        var delivery = new BusyDelivery("{\"video\":\"videos/a.mp4\"}", deliveries);
        var (id, request) = JobMessage.Parse(delivery.Body, delivery.MessageId);
        var job = Job.Validate(id, request, services.Store, services.Stores, services.Jobs);
        using var elsewhere = await JobClaim.TakeAsync(
            services.Store, services.Stores.StateContainer, id,
            _ => new JobStatus { Id = id, State = "running", Request = request, Fingerprint = job.Fingerprint, Owner = "another" }, services.Time, None);
        await provider.GetRequiredService<JobProcessor>().ProcessAsync(delivery, None, None);
        Assert.InRange(delivery.Delay.TotalSeconds, seconds, 750);
    }

    public void Dispose() => _folder.Dispose();

    private ServiceProvider Services() => new ServiceCollection().AddLogging().AddVfi(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Queue:Folder"] = Path.Combine(_folder.Path, "queue"),
        ["Store:Folder"] = Path.Combine(_folder.Path, "store"),
        ["Worker:WorkFolder"] = Path.Combine(_folder.Path, "work"),
        ["Jobs:Model"] = "blend",
        ["Jobs:Preset"] = "ultrafast",
    }).Build()).BuildServiceProvider();

    private void MakeClip()
    {
        var videos = Directory.CreateDirectory(Path.Combine(_folder.Path, "store", "videos")).FullName;
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=0.5", "-pix_fmt", "yuv420p", Path.Combine(videos, "a.mp4"));
    }

    /// <summary>A queue that is gone just when a message is to be completed.</summary>
    private sealed class UnsettledDelivery(IJobDelivery inner, Exception failure) : IJobDelivery
    {
        public string MessageId => inner.MessageId;

        public ReadOnlyMemory<byte> Body => inner.Body;

        public int DeliveryCount => inner.DeliveryCount;

        public DateTimeOffset Enqueued => inner.Enqueued;

        public string? TraceParent => inner.TraceParent;

        public CancellationToken LockLost => inner.LockLost;

        public Task CompleteAsync(CancellationToken cancellationToken) => Task.FromException(failure);

        public Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken) => inner.AbandonAsync(delay, cancellationToken);

        public Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) => inner.DeadLetterAsync(reason, description, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    /// <summary>A delivery that may only be given back.</summary>
    private sealed class BusyDelivery(string body, int count) : IJobDelivery
    {
        public TimeSpan Delay { get; private set; }

        public string MessageId => "job1";

        public ReadOnlyMemory<byte> Body { get; } = Encoding.UTF8.GetBytes(body);

        public int DeliveryCount => count;

        public DateTimeOffset Enqueued => DateTimeOffset.UtcNow;

        public string? TraceParent => null;

        public CancellationToken LockLost => None;

        public Task CompleteAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("completed");

        public Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            Delay = delay;
            return Task.CompletedTask;
        }

        public Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) => throw new InvalidOperationException(reason);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
