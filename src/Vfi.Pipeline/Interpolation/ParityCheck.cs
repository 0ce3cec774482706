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
/// <param name="rules">What is made of motion.</param>
internal sealed class ParityCheck(ModelKind kind, ModelGraph graph, int width, int height, MotionRules rules)
{
    /// <summary>Frames that differ more than this are not the same frames, in dB.</summary>
    public const double MinimumPsnr = 50;

    private readonly FrameFormat _format = new(PictureFile.Layout, new ColourDescription("pc", "gbr"), width, height);

    /// <returns>Why the model cannot be trusted; null: it can.</returns>
    public string? Compare(OnnxModel model, OnnxModel reference)
    {
        using var expected = Open(reference);
        using var got = Open(model);
        return Compare(got, expected, _format, null);
    }

    /// <summary>Compares what two sets make of the test patterns.</summary>
    /// <param name="set">In question.</param>
    /// <param name="reference">Trusted.</param>
    /// <param name="format">Of both.</param>
    /// <param name="found">Told each pattern's name and PSNR.</param>
    /// <returns>Why the set cannot be trusted; null: it can.</returns>
    internal static string? Compare(InterpolatorSet set, InterpolatorSet reference, FrameFormat format, Action<string, double>? found)
    {
        using var pool = new FramePool(format.Layout, format.Width, format.Height);
        string? problem = null;
        foreach (var name in TestPattern.Names)
        {
            // Unevenly, so that the motion is a curve.
            VideoFrame[] frames = [.. ((int[])[0, 1, 2, 4]).Select(i => TestPattern.Draw(pool, name, i))];
            VideoFrame got = pool.Rent(), expected = pool.Rent();
            try
            {
                reference.Interpolate(frames[0], frames[1], frames[2], frames[3], 0.5f, expected);
                set.Interpolate(frames[0], frames[1], frames[2], frames[3], 0.5f, got);
                var psnr = Psnr.Compute(got, expected);
                found?.Invoke(name, psnr);
                if (psnr < MinimumPsnr)
                    problem ??= string.Create(CultureInfo.InvariantCulture, $"its frames of a {name} pattern differ from the CPU's ({psnr:0.0} dB, at least {MinimumPsnr:0} are needed)");
            }
            catch (VfiException e)
            {
                // After a failed run there are no others.
                return $"a {name} pattern: {e.Message}";
            }
            finally
            {
                foreach (var frame in (VideoFrame[])[.. frames, got, expected])
                    frame.Release();
            }
        }
        return problem;
    }

    private InterpolatorSet Open(OnnxModel model) =>
        InterpolatorSet.OnHost("", kind, graph, model, _format, new ViewShape(1, 1), 1, Environment.ProcessorCount, rules);
}
