using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Pipeline.Quality;

/// <summary>How well one middle frame was predicted.</summary>
/// <param name="Id">The triplet's folder.</param>
/// <param name="Psnr">On 8-bit RGB, in dB.</param>
/// <param name="Ssim">Mean over the three channels.</param>
public sealed record TripletScore(string Id, double Psnr, double Ssim);

/// <summary>
/// Predicts the middle frames of triplets (im0.png, gt.png, im1.png) by the path that videos take; with the frames before im0 and after im1 (before.png,
/// after.png), as far apart, where there are such.
/// </summary>
public sealed class TripletEvaluation(InterpolatorFactory interpolators, InferenceOptions inference, InterpolationSettings settings) : IDisposable
{
    private readonly ModelSessions _sessions = new(inference);
    private static readonly ColourDescription Rgb = new("pc", "gbr");

    /// <summary>Folders below <paramref name="directory"/> that hold a triplet, in order.</summary>
    /// <exception cref="VfiException">There are none (bad input).</exception>
    public static IReadOnlyList<string> Find(string directory)
    {
        if (!Directory.Exists(directory))
            throw VfiException.BadInput($"{directory}: no such folder");
        var found = Directory.EnumerateDirectories(directory)
            .Where(d => File.Exists(Path.Combine(d, "im0.png")) && File.Exists(Path.Combine(d, "im1.png")) && File.Exists(Path.Combine(d, "gt.png")))
            .Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found
            : throw VfiException.BadInput($"{directory}: no folder in it holds im0.png, im1.png and gt.png; give the folder of a triplet set");
    }

    /// <param name="triplet">A folder with im0.png, im1.png and gt.png, perhaps before.png or after.png.</param>
    /// <param name="prediction">Where the prediction is written as PNG; null: nowhere.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    /// <exception cref="VfiException">Unreadable pictures or different sizes (bad input).</exception>
    public async Task<TripletScore> RunAsync(string triplet, string? prediction, CancellationToken cancellationToken)
    {
        string Path(string name) => System.IO.Path.Combine(triplet, name + ".png");
        string[] names = ["im0", "im1", "gt", .. ((string[])["before", "after"]).Where(n => File.Exists(Path(n)))];
        var read = await Task.WhenAll(names.Select(n => PictureFile.ReadAsync(Path(n), cancellationToken))).ConfigureAwait(false);
        var pictures = names.Zip(read).ToDictionary(p => p.First, p => p.Second);
        var truth = pictures["gt"];
        foreach (var (name, picture) in pictures)
        {
            if (picture.Width != truth.Width || picture.Height != truth.Height)
                throw VfiException.BadInput($"{triplet}: {name}.png is {picture.Width}x{picture.Height} and gt.png {truth.Width}x{truth.Height}; all must be of one size");
        }
        using var pool = new FramePool(PictureFile.Layout, truth.Width, truth.Height);
        var target = pool.Rent();
        await PredictAsync(pictures, target, cancellationToken).ConfigureAwait(false);
        if (prediction is not null)
            await PictureFile.WriteAsync(target, prediction, cancellationToken).ConfigureAwait(false);
        var score = new TripletScore(System.IO.Path.GetFileName(triplet), Quality.Psnr.Compute(target.Bytes, truth.Bytes), MeanSsim(target, truth));
        foreach (var picture in pictures.Values)
            picture.Release();
        target.Release();
        return score;
    }

    /// <summary>Unloads the model.</summary>
    public void Dispose() => _sessions.Dispose();

    private async Task PredictAsync(Dictionary<string, VideoFrame> sources, VideoFrame target, CancellationToken cancellationToken)
    {
        using var set = await interpolators.CreateAsync(
            _sessions, new FrameFormat(PictureFile.Layout, Rgb, target.Width, target.Height), settings with { AtOnce = 1 }, _ => { }, cancellationToken).ConfigureAwait(false);
        if (set.All[0] is HoldInterpolator)
            sources["im0"].Bytes.CopyTo(target.Bytes);
        else
            set.Interpolate(sources.GetValueOrDefault("before"), sources["im0"], sources["im1"], sources.GetValueOrDefault("after"), 0.5f, target);
    }

    private static double MeanSsim(VideoFrame a, VideoFrame b)
    {
        var plane = a.Width * a.Height;
        double sum = 0;
        for (var p = 0; p < 3; p++)
            sum += Quality.Ssim.Compute(a.Bytes.Slice(p * plane, plane), b.Bytes.Slice(p * plane, plane), a.Width, a.Height);
        return sum / 3;
    }
}
