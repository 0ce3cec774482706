using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Vfi.Worker.Hosting;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Hosting;

public sealed class DrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_delayed_message_that_comes_back_just_as_a_receive_ends_is_still_drained()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Store:Folder"] = _folder.File("store"),
            ["Worker:WorkFolder"] = _folder.File("work"),
            ["Worker:DrainSeconds"] = "0.3",
        });
        await using var queue = new LateQueue(new SpoolQueue(_folder.File("queue"), "", TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance));
        builder.Services.AddLogging().AddVfi(builder.Configuration);
        builder.Services.AddSingleton(new RunMode(Once: false, Drain: true));
        builder.Services.AddSingleton<IJobQueue>(queue);
        builder.Services.AddHostedService<WorkerService>();
        using var host = builder.Build();
        await host.RunAsync();
        Assert.Equal("job1", (await queue.PeekDeadAsync(CancellationToken.None).SingleAsync()).MessageId);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A spool whose one message is delayed until the end of the first receive.</summary>
    private sealed class LateQueue(SpoolQueue spool) : IJobQueue
    {
        private bool _isThere;

        public string Description => spool.Description;

        public int Delayed => _isThere ? 0 : 1;

        public async Task<IJobDelivery?> ReceiveAsync(TimeSpan wait, CancellationToken cancellationToken)
        {
            if (_isThere)
                return await spool.ReceiveAsync(wait, cancellationToken);
            await Task.Delay(wait, cancellationToken);
            await spool.SendAsync(new OutgoingMessage("job1", "not a job", null), TimeSpan.Zero, cancellationToken);
            _isThere = true;
            return null;
        }

        public Task SendAsync(OutgoingMessage message, TimeSpan delay, CancellationToken cancellationToken) => spool.SendAsync(message, delay, cancellationToken);

        public Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) => spool.PublishAsync(message, cancellationToken);

        public IAsyncEnumerable<DeadLetter> PeekDeadAsync(CancellationToken cancellationToken) => spool.PeekDeadAsync(cancellationToken);

        public IAsyncEnumerable<DeadLetter> TakeDeadAsync(Func<DeadLetter, bool> isMeant, Func<DeadLetter, CancellationToken, Task> before, CancellationToken cancellationToken) =>
            spool.TakeDeadAsync(isMeant, before, cancellationToken);

        public Task CheckAsync(CancellationToken cancellationToken) => spool.CheckAsync(cancellationToken);

        public ValueTask DisposeAsync() => spool.DisposeAsync();
    }
}
