namespace Vfi.Worker.Storage;

/// <summary>Containers for identities that may write into them, and perhaps not create them.</summary>
internal static class StoreContainers
{
    /// <summary>Creates a container where it is missing and this is allowed.</summary>
    /// <returns>Why it may not be created: it must be there, which shows when it is used. Null: it is there.</returns>
    /// <exception cref="StoreException">The store failed otherwise.</exception>
    public static async Task<string?> TryEnsureContainerAsync(this IVideoStore store, string container, CancellationToken cancellationToken)
    {
        try
        {
            await store.EnsureContainerAsync(container, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Denied)
        {
            return e.Message;
        }
    }
}
