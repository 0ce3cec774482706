using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Pipeline.Quality;

/// <summary>How well one middle frame was predicted.</summary>
/// <param name="Id">The triplet's folder.</param>
/// <param name="Psnr">On 8-bit RGB, in dB.</param>
/// <param name="Ssim">Mean over the three channels.</param>
public sealed record TripletScore(string Id, double Psnr, double Ssim);

/// <summary>Predicts the middle frames of triplets (im0.png, gt.png, im1.png) by the path that videos take.</summary>
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

    /// <param name="triplet">A folder with im0.png, im1.png and gt.png.</param>
    /// <param name="prediction">Where the prediction is written as PNG; null: nowhere.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    /// <exception cref="VfiException">Unreadable pictures or different sizes (bad input).</exception>
    public async Task<TripletScore> RunAsync(string triplet, string? prediction, CancellationToken cancellationToken)
    {
        var first = await PictureFile.ReadAsync(Path.Combine(triplet, "im0.png"), cancellationToken).ConfigureAwait(false);
        var second = await PictureFile.ReadAsync(Path.Combine(triplet, "im1.png"), cancellationToken).ConfigureAwait(false);
        var truth = await PictureFile.ReadAsync(Path.Combine(triplet, "gt.png"), cancellationToken).ConfigureAwait(false);
        if (first.Width != second.Width || first.Height != second.Height || first.Width != truth.Width || first.Height != truth.Height)
            throw VfiException.BadInput($"{triplet}: im0.png, im1.png and gt.png differ in size");
        using var pool = new FramePool(PictureFile.Layout, first.Width, first.Height);
        var target = pool.Rent();
        await PredictAsync(first, second, target, cancellationToken).ConfigureAwait(false);
        if (prediction is not null)
            await PictureFile.WriteAsync(target, prediction, cancellationToken).ConfigureAwait(false);
        var score = new TripletScore(Path.GetFileName(triplet), Quality.Psnr.Compute(target.Bytes, truth.Bytes), MeanSsim(target, truth));
        foreach (var frame in (VideoFrame[])[first, second, truth, target])
            frame.Release();
        return score;
    }

    /// <summary>Unloads the model.</summary>
    public void Dispose() => _sessions.Dispose();

    private async Task PredictAsync(VideoFrame first, VideoFrame second, VideoFrame target, CancellationToken cancellationToken)
    {
        using var set = await interpolators.CreateAsync(
            _sessions, new FrameFormat(PictureFile.Layout, Rgb, first.Width, first.Height), settings with { AtOnce = 1 }, _ => { }, cancellationToken).ConfigureAwait(false);
        if (set.All[0] is HoldInterpolator)
            first.Bytes.CopyTo(target.Bytes);
        else
            set.Interpolate(first, second, 0.5f, target);
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
