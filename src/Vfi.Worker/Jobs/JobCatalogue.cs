using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Vfi.Pipeline;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Jobs;

/// <summary>Jobs for many videos that lie in the store.</summary>
internal static class JobCatalogue
{
    /// <param name="store">Where the videos are.</param>
    /// <param name="pattern"><c>container/name</c>, where each <c>*</c> in the name stands for any characters, slashes too.</param>
    /// <param name="job">What to do with each.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One job for each video, in the order of their names. Ids come of the video's name and version and of the job: the same again for the same.</returns>
    /// <exception cref="VfiException">Not a pattern.</exception>
    public static async IAsyncEnumerable<(string Id, JobRequest Job)> FindAsync(
        IVideoStore store, string pattern, JobRequest job, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!StorePath.TryParse(pattern, out var place, out var problem))
            throw VfiException.BadInput($"{pattern}: {problem}, such as videos/shows/*.mp4");
        if (place.Container.Contains('*', StringComparison.Ordinal))
            throw VfiException.BadInput($"{pattern}: the container must be named; * stands for a part of the name");
        var name = new Regex($"^{Regex.Escape(place.Name).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        await foreach (var item in store.ListAsync(place.Container, place.Name.Split('*')[0], cancellationToken).ConfigureAwait(false))
        {
            if (!name.IsMatch(item.Path.Name))
                continue;
            var request = job with { Video = item.Path.ToString() };
            yield return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{item.ETag}\n{request.Fingerprint()}")))[..32], request);
        }
    }
}
