using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vfi.Worker.Queues;

namespace Vfi.Tests.Queues;

public sealed class SpoolQueueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_message_comes_as_it_was_sent()
    {
        await using var queue = Open();
        await queue.SendAsync(new OutgoingMessage("m1", "{\"video\":\"ä\"}", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), TimeSpan.Zero, None);
        await using var delivery = await ReceiveAsync(queue);
        Assert.Equal("m1", delivery.MessageId);
        Assert.Equal("{\"video\":\"ä\"}", Encoding.UTF8.GetString(delivery.Body.Span));
        Assert.Equal(1, delivery.DeliveryCount);
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", delivery.TraceParent);
        Assert.InRange(DateTimeOffset.UtcNow - delivery.Enqueued, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Messages_sent_at_once_come_in_their_order()
    {
        await using var queue = Open();
        string[] sent = [.. Enumerable.Range(0, 50).Select(i => $"{Guid.NewGuid()}-{i}")];
        await Task.WhenAll(sent.Select(id => queue.SendAsync(new OutgoingMessage(id, "{}", null), TimeSpan.Zero, None)));
        foreach (var id in sent)
        {
            await using var delivery = await ReceiveAsync(queue);
            Assert.Equal(id, delivery.MessageId);
        }
    }

    [Fact]
    public async Task A_file_put_there_by_hand_is_a_message()
    {
        await using var queue = Open();
        await queue.CheckAsync(None);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "pending", "mine.json"), "{}");
        await using var delivery = await ReceiveAsync(queue);
        Assert.Equal(("mine", 1), (delivery.MessageId, delivery.DeliveryCount));
    }

    [Fact]
    public async Task A_message_that_cannot_be_written_leaves_nothing()
    {
        await using var queue = Open();
        Directory.CreateDirectory(Path.Combine(_folder.Path, "results", "m1.json"));
        await Assert.ThrowsAnyAsync<Exception>(() => queue.PublishAsync(new OutgoingMessage("m1", "{}", null), None));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "results")));
    }

    [Fact]
    public async Task Workers_on_one_folder_never_share_a_message()
    {
        await using var sender = Open();
        for (var i = 0; i < 300; i++)
            await sender.SendAsync(new OutgoingMessage($"m{i}", "{}", null), TimeSpan.Zero, None);
        var taken = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await using var queue = Open();
            while (await queue.ReceiveAsync(TimeSpan.Zero, None) is { } delivery)
            {
                await using (delivery)
                {
                    taken.Add(delivery.MessageId);
                    await delivery.CompleteAsync(None);
                }
            }
        })));
        Assert.Equal(300, taken.Count);
        Assert.Equal(300, taken.Distinct().Count());
        Assert.Equal((0, 0, 300), (Count("pending"), Count("active"), Count("done")));
    }

    [Fact]
    public async Task An_abandoned_message_comes_back_after_its_delay_with_its_count()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var queue = Open(time);
        await queue.SendAsync(new OutgoingMessage("m1", "{}", null), TimeSpan.Zero, None);
        await using (var first = await ReceiveAsync(queue))
            await first.AbandonAsync(TimeSpan.FromSeconds(60), None);
        Assert.Null(await queue.ReceiveAsync(TimeSpan.Zero, None));
        Assert.Equal(1, queue.Delayed);
        time.Advance(TimeSpan.FromSeconds(61));
        await using var second = await ReceiveAsync(queue);
        Assert.Equal(2, second.DeliveryCount);
    }

    [Fact]
    public async Task A_worker_without_a_heartbeat_loses_its_message_and_notices()
    {
        await using var queue = Open();
        await queue.SendAsync(new OutgoingMessage("m1", "{}", null), TimeSpan.Zero, None);
        await using var dead = await ReceiveAsync(queue);
        // As if the process had been stopped for longer than the lock time.
        var file = Directory.GetFiles(Path.Combine(_folder.Path, "active")).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(-31));
        await using var other = Open();
        await using var again = await ReceiveAsync(other);
        Assert.Equal(("m1", 2), (again.MessageId, again.DeliveryCount));
        await Assert.ThrowsAsync<LockLostException>(() => dead.CompleteAsync(None));
        await Assert.ThrowsAsync<LockLostException>(() => dead.AbandonAsync(TimeSpan.Zero, None));
        await again.CompleteAsync(None);
        Assert.Equal((0, 0, 1), (Count("pending"), Count("active"), Count("done")));
    }

    [Fact]
    public async Task A_dead_letter_keeps_message_reason_and_description()
    {
        await using var queue = Open();
        await queue.SendAsync(new OutgoingMessage("m1", "{}", null), TimeSpan.Zero, None);
        await using (var delivery = await ReceiveAsync(queue))
            await delivery.DeadLetterAsync("InvalidMessage", "video: is missing", None);
        var letter = await queue.PeekDeadAsync(None).SingleAsync();
        Assert.Equal(("m1", 1, "InvalidMessage", "video: is missing"), (letter.MessageId, letter.Deliveries, letter.Reason, letter.Description));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "dead", "m1.json")));
    }

    [Fact]
    public async Task A_dead_letter_stays_when_what_comes_before_its_removal_fails()
    {
        await using var queue = Open();
        await queue.SendAsync(new OutgoingMessage("m1", "{}", null), TimeSpan.Zero, None);
        await using (var delivery = await ReceiveAsync(queue))
            await delivery.DeadLetterAsync("InvalidMessage", "video: is missing", None);
        await Assert.ThrowsAsync<IOException>(async () => await queue.TakeDeadAsync(_ => true, (_, _) => throw new IOException(), None).ToListAsync());
        Assert.Single(await queue.PeekDeadAsync(None).ToListAsync());
        Assert.Empty(await queue.TakeDeadAsync(_ => false, (_, _) => throw new IOException(), None).ToListAsync());
        Assert.Single(await queue.TakeDeadAsync(_ => true, (_, _) => Task.CompletedTask, None).ToListAsync());
        Assert.Equal(0, Count("dead"));
    }

    [Fact]
    public async Task A_delayed_message_is_not_seen_before_its_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var queue = Open(time);
        await queue.SendAsync(new OutgoingMessage("m1", "{}", null), TimeSpan.FromSeconds(60), None);
        Assert.Null(await queue.ReceiveAsync(TimeSpan.Zero, None));
        time.Advance(TimeSpan.FromSeconds(61));
        await using var delivery = await ReceiveAsync(queue);
        Assert.Equal("m1", delivery.MessageId);
    }

    public void Dispose() => _folder.Dispose();

    private SpoolQueue Open(TimeProvider? time = null) =>
        new(_folder.Path, "results", TimeSpan.FromSeconds(30), time ?? TimeProvider.System, NullLogger.Instance);

    private int Count(string part) => Directory.GetFiles(Path.Combine(_folder.Path, part)).Length;

    private static async Task<IJobDelivery> ReceiveAsync(SpoolQueue queue) =>
        await queue.ReceiveAsync(TimeSpan.Zero, CancellationToken.None) ?? throw new InvalidOperationException("no message");
}
