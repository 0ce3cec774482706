using System.Text.Json;
using Microsoft.Extensions.Logging;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>Another attempt took the job over: this one must end without a trace.</summary>
internal sealed class ClaimLostException(string id) : Exception($"job {id}: it was cancelled, or another delivery has taken it over");

/// <summary>
/// The right to work on a job: the version of its status document. The latest delivery wins, since the queue gave it the
/// message after the last one lost it; the earlier attempt's next write fails.
/// </summary>
internal sealed class JobClaim : IDisposable
{
    private const int MaximumRaces = 50;
    private readonly IVideoStore _store;
    private readonly StorePath _path;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1);
    private string? _version;

    private JobClaim(IVideoStore store, StorePath path, TimeProvider time, JobStatus status, string? version) =>
        (_store, _path, _time, Status, _version) = (store, path, time, status, version);

    /// <summary>As it was last written, or as it will be first.</summary>
    public JobStatus Status { get; private set; }

    /// <summary>Takes the job over, or finds it finished.</summary>
    /// <param name="store">Holds the status document.</param>
    /// <param name="stateContainer">Where.</param>
    /// <param name="id">The job.</param>
    /// <param name="next">The status to write, from the one that is there (null: none).</param>
    /// <param name="time">For the document's times.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when <paramref name="next"/> was null: the job is not to be taken.</returns>
    public static async Task<JobClaim?> TakeAsync(
        IVideoStore store, string stateContainer, string id, Func<JobStatus?, JobStatus?> next, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = PathOf(stateContainer, id);
        for (var race = 0; ; race++)
        {
            var document = await store.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            if (next(document is null ? null : Parse(document.Text)) is not { } status)
                return null;
            var claim = new JobClaim(store, path, time, status, document?.ETag);
            try
            {
                await claim.WriteAsync(s => s, cancellationToken).ConfigureAwait(false);
                return claim;
            }
            catch (ClaimLostException) when (race < MaximumRaces)
            {
                // Another attempt wrote in between: look again.
            }
        }
    }

    public static StorePath PathOf(string stateContainer, string id) => new(stateContainer, $"status/{id}.json");

    /// <summary>Null where the text is not a status document.</summary>
    public static JobStatus? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, JobJson.Default.JobStatus);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>Writes a status that only informs: the message's settlement does not wait for a store that fails.</summary>
    public async Task TryWriteAsync(Func<JobStatus, JobStatus> change, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(change, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreException or ClaimLostException)
        {
            logger.LogWarning("Status of job {JobId} not written: {Reason}", Status.Id, e.Message);
        }
    }

    /// <summary>Writes the changed status.</summary>
    /// <exception cref="ClaimLostException">Another attempt owns the job.</exception>
    /// <exception cref="StoreException">The store failed.</exception>
    public async Task WriteAsync(Func<JobStatus, JobStatus> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var status = change(Status) with { Updated = _time.GetUtcNow() };
            var text = JsonSerializer.Serialize(status, JobJson.Default.JobStatus);
            for (var repeats = 0; ; repeats++)
            {
                try
                {
                    _version = await _store.WriteAsync(_path, text, _version, cancellationToken).ConfigureAwait(false);
                    break;
                }
                catch (StoreException e) when (e.Failure == StoreFailure.Conflict && repeats < MaximumRaces)
                {
                    // A write that was repeated after a lost answer meets itself.
                    var now = await _store.ReadAsync(_path, cancellationToken).ConfigureAwait(false);
                    if (now is null || Parse(now.Text)?.Owner != status.Owner)
                        throw new ClaimLostException(status.Id);
                    _version = now.ETag;
                }
            }
            Status = status;
        }
        finally
        {
            _writing.Release();
        }
    }
}
