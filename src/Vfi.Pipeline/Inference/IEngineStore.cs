namespace Vfi.Pipeline.Inference;

/// <summary>Engines that others built, such as in a blob container: a fresh node downloads in seconds what takes minutes to build.</summary>
public interface IEngineStore
{
    /// <summary>For messages.</summary>
    string Description { get; }

    /// <summary>Copies an engine's files into a folder.</summary>
    /// <param name="name">The engine's folder in the cache.</param>
    /// <param name="folder">Empty.</param>
    /// <param name="cancellationToken">Leaves some of the files.</param>
    /// <returns>False: it is not there.</returns>
    /// <exception cref="IOException">The store does not answer.</exception>
    Task<bool> FetchAsync(string name, string folder, CancellationToken cancellationToken);

    /// <summary>Keeps an engine's files for others; nobody finds it before all of it is there.</summary>
    /// <param name="name">The engine's folder in the cache.</param>
    /// <param name="folder">Holds its files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The store does not answer.</exception>
    Task KeepAsync(string name, string folder, CancellationToken cancellationToken);
}
