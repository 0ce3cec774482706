using System.Globalization;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Quality;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Compares a model on a GPU with the same model on the CPU by the frames that they lead to: half-precision and grid
/// sampling have given wrong flows in GPU libraries without any error.
/// </summary>
/// <param name="kind">The model's.</param>
/// <param name="graph">What it takes.</param>
/// <param name="width">Of the padded view.</param>
/// <param name="height">Of the padded view.</param>
internal sealed class ParityCheck(ModelKind kind, ModelGraph graph, int width, int height)
{
    /// <summary>Frames that differ more than this are not the same frames, in dB.</summary>
    public const double MinimumPsnr = 50;

    private static readonly ColourDescription Rgb = new("pc", "gbr");

    /// <summary>Frame 0 and frame 1 of each pattern as maps of a pixel onto the texture.</summary>
    private static readonly (string Name, Func<float, float, int, (float X, float Y)> Place)[] Patterns =
    [
        ("panning", (x, y, frame) => (x - 9 * frame, y - 3 * frame)),
        ("rotating", (x, y, frame) => (x * MathF.Cos(0.03f * frame) - y * MathF.Sin(0.03f * frame), x * MathF.Sin(0.03f * frame) + y * MathF.Cos(0.03f * frame))),
        ("static", (x, y, _) => (x, y)),
    ];

    /// <returns>Why the model cannot be trusted; null: it can.</returns>
    public string? Compare(OnnxModel model, OnnxModel reference)
    {
        using var pool = new FramePool(PictureFile.Layout, width, height);
        foreach (var (name, place) in Patterns)
        {
            VideoFrame first = Draw(pool, place, 0), second = Draw(pool, place, 1), got = pool.Rent(), expected = pool.Rent();
            try
            {
                Predict(reference, first, second, expected);
                Predict(model, first, second, got);
                var psnr = Psnr.Compute(got.Bytes, expected.Bytes);
                if (psnr < MinimumPsnr)
                    return string.Create(CultureInfo.InvariantCulture, $"its frames of a {name} pattern differ from the CPU's ({psnr:0.0} dB, at least {MinimumPsnr:0} are needed)");
            }
            catch (VfiException e)
            {
                return $"a {name} pattern: {e.Message}";
            }
            finally
            {
                foreach (var frame in (VideoFrame[])[first, second, got, expected])
                    frame.Release();
            }
        }
        return null;
    }

    private void Predict(OnnxModel model, VideoFrame first, VideoFrame second, VideoFrame target)
    {
        using var set = InterpolatorSet.OnHost(
            "", kind, graph, model, new FrameFormat(PictureFile.Layout, Rgb, width, height), new ViewShape(1, 1), 1, Environment.ProcessorCount);
        set.Interpolate(first, second, 0.5f, target);
    }

    private VideoFrame Draw(FramePool pool, Func<float, float, int, (float X, float Y)> place, int frame)
    {
        var picture = pool.Rent();
        var samples = picture.Bytes;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (u, v) = place(x - width / 2f, y - height / 2f, frame);
                for (var c = 0; c < 3; c++)
                    samples[(c * height + y) * width + x] = Texture(u, v, c);
            }
        }
        return picture;
    }

    /// <summary>Waves of several lengths, different in each colour.</summary>
    private static byte Texture(float x, float y, int colour) =>
        (byte)(128 + 50 * MathF.Sin(0.11f * x + 0.05f * y + colour) + 40 * MathF.Sin(0.04f * x - 0.13f * y + 2 * colour) + 30 * MathF.Sin(0.31f * x + 0.27f * y));
}
