using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Pipeline.Quality;

/// <summary>How well one middle frame was predicted.</summary>
/// <param name="Id">The triplet's.</param>
/// <param name="Psnr">On 8-bit RGB, in dB.</param>
/// <param name="Ssim">Mean over the three channels.</param>
public sealed record TripletScore(string Id, double Psnr, double Ssim);

/// <summary>
/// Predicts the middle frames of triplets by the path that videos take; with the frames before the first and after the second, as far apart, where there
/// are such.
/// </summary>
public sealed class TripletEvaluation(InterpolatorFactory interpolators, InferenceOptions inference, InterpolationSettings settings) : IDisposable
{
    private readonly ModelSessions _sessions = new(inference);
    private static readonly ColourDescription Rgb = new("pc", "gbr");

    /// <param name="triplet">Pictures of one size.</param>
    /// <param name="prediction">Where the prediction is written as PNG; null: nowhere.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    /// <exception cref="VfiException">Unreadable pictures or different sizes (bad input).</exception>
    public async Task<TripletScore> RunAsync(Triplet triplet, string? prediction, CancellationToken cancellationToken)
    {
        var pictures = await Task.WhenAll(triplet.Pictures.Select(async p => p is null ? null : await PictureFile.ReadAsync(p, cancellationToken).ConfigureAwait(false)))
            .ConfigureAwait(false);
        var truth = pictures[1]!;
        foreach (var (path, picture) in triplet.Pictures.Zip(pictures))
        {
            if (picture is not null && (picture.Width != truth.Width || picture.Height != truth.Height))
                throw VfiException.BadInput($"{path} is {picture.Width}x{picture.Height} and {Path.GetFileName(triplet.Truth)} {truth.Width}x{truth.Height}; all must be of one size");
        }
        using var pool = new FramePool(PictureFile.Layout, truth.Width, truth.Height);
        var target = pool.Rent();
        await PredictAsync(pictures[3], pictures[0]!, pictures[2]!, pictures[4], target, cancellationToken).ConfigureAwait(false);
        if (prediction is not null)
            await PictureFile.WriteAsync(target, prediction, cancellationToken).ConfigureAwait(false);
        var score = new TripletScore(triplet.Id, Quality.Psnr.Compute(target.Bytes, truth.Bytes), MeanSsim(target, truth));
        foreach (var picture in pictures)
            picture?.Release();
        target.Release();
        return score;
    }

    /// <summary>Unloads the model.</summary>
    public void Dispose() => _sessions.Dispose();

    private async Task PredictAsync(
        VideoFrame? before, VideoFrame first, VideoFrame second, VideoFrame? after, VideoFrame target, CancellationToken cancellationToken)
    {
        using var set = await interpolators.CreateAsync(
            _sessions, new FrameFormat(PictureFile.Layout, Rgb, target.Width, target.Height), settings with { AtOnce = 1 }, _ => { }, cancellationToken).ConfigureAwait(false);
        if (set.All[0] is HoldInterpolator)
            first.Bytes.CopyTo(target.Bytes);
        else
            set.Interpolate(before, first, second, after, 0.5f, target);
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
