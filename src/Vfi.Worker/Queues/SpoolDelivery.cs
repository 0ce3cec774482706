namespace Vfi.Worker.Queues;

/// <summary>A message in the spool's <c>active/</c>.</summary>
internal sealed class SpoolDelivery : IJobDelivery
{
    private readonly SpoolQueue _queue;
    private readonly string _active;
    private readonly SpoolName _name;
    private readonly LockRenewal _renewal;

    public SpoolDelivery(SpoolQueue queue, string active, SpoolName name, byte[] body)
    {
        (_queue, _active, _name, Body) = (queue, active, name, body);
        _renewal = new LockRenewal(
            name.Id, queue.LockTime,
            _ =>
            {
                SpoolQueue.Touch(active, queue.Time);
                return Task.CompletedTask;
            },
            queue.Time, queue.Logger);
        LockLost = _renewal.Lost;
    }

    public string MessageId => _name.Id;

    public ReadOnlyMemory<byte> Body { get; }

    public int DeliveryCount => _name.Deliveries;

    public DateTimeOffset Enqueued => DateTimeOffset.FromUnixTimeMilliseconds(_name.Enqueued);

    public string? TraceParent => _name.TraceParent.Length > 0 ? _name.TraceParent : null;

    public CancellationToken LockLost { get; }

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        _queue.Finish(_active, _name);
        return Task.CompletedTask;
    }

    public Task AbandonAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        _queue.Return(_active, _name, delay);
        return Task.CompletedTask;
    }

    public Task DeadLetterAsync(string reason, string description, CancellationToken cancellationToken) =>
        _queue.BuryAsync(_active, _name, reason, description, cancellationToken);

    public ValueTask DisposeAsync() => _renewal.DisposeAsync();
}
