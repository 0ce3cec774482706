namespace Vfi.Pipeline.Quality;

/// <summary>Two pictures and the true one half-way between them: paths of files.</summary>
/// <param name="Id">Unique in its set; may hold slashes.</param>
/// <param name="First">At 0.</param>
/// <param name="Truth">At 1/2.</param>
/// <param name="Second">At 1.</param>
/// <param name="Before">At −1; null: not known.</param>
/// <param name="After">At 2; null: not known.</param>
public sealed record Triplet(string Id, string First, string Truth, string Second, string? Before = null, string? After = null)
{
    /// <summary>In this order: first, truth, second, before, after.</summary>
    public IReadOnlyList<string?> Pictures => [First, Truth, Second, Before, After];
}
