using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Quality;

namespace Vfi.Bench;

/// <summary>Triplets whose upper and lower eighth are black: PSNR of the picture between, interpolated with its borders, without them, and without them in a view of the whole frames' size.</summary>
internal static class BorderBench
{
    public static async Task RunAsync(string folder)
    {
        using var sessions = new ModelSessions(new InferenceOptions());
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        InterpolatorFactory Factory(ModelManifest m) => new("m", m, path, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
        var settings = new InterpolationSettings { Threads = Environment.ProcessorCount, AtOnce = 1 };
        var scores = new List<double[]>();
        foreach (var triplet in TripletSet.Find(folder))
        {
            var frames = await Task.WhenAll(triplet.Pictures.Select(async p => p is null ? null : await PictureFile.ReadAsync(p, CancellationToken.None)));
            var truth = frames[1]!;
            var border = truth.Height / 8;
            var area = new FrameArea(0, border, truth.Width, truth.Height - 2 * border);
            using var black = new FramePool(truth.Layout, truth.Width, truth.Height);
            using var cut = new FramePool(truth.Layout, area.Width, area.Height);
            VideoFrame Cut(VideoFrame frame)
            {
                var picture = cut.Rent();
                area.Cut(frame, picture);
                return picture;
            }
            VideoFrame? Blacken(VideoFrame? frame)
            {
                if (frame is null)
                    return null;
                var result = black.Rent();
                result.Bytes.Clear();
                area.Paste(Cut(frame), result);
                return result;
            }
            var whole = new FrameFormat(truth.Layout, new ColourDescription("pc", "gbr"), truth.Width, truth.Height);
            var alone = new PictureCutter(new BorderedPicture(area, area), whole, 1).Format;
            var view = new ReducedViewSize(truth.Width, truth.Height, Factory(manifest).Shape(whole, MotionSize.Auto));
            var padded = Factory(manifest with { Graph = manifest.Graph with { Width = view.Width, Height = view.Height } });
            VideoFrame expected = Cut(truth), withBorders = black.Rent(), without = cut.Rent(), inWhole = cut.Rent();
            async Task MakeAsync(InterpolatorFactory factory, FrameFormat format, Func<VideoFrame?, VideoFrame?> source, VideoFrame target)
            {
                using var set = await factory.CreateAsync(sessions, format, settings, Console.WriteLine, CancellationToken.None);
                set.Interpolate(source(frames[3]), source(frames[0])!, source(frames[2])!, source(frames[4]), 0.5f, target);
            }
            await MakeAsync(Factory(manifest), whole, Blacken, withBorders);
            await MakeAsync(Factory(manifest), alone, f => f is null ? null : Cut(f), without);
            await MakeAsync(padded, alone, f => f is null ? null : Cut(f), inWhole);
            scores.Add([.. ((VideoFrame[])[Cut(withBorders), without, inWhole]).Select(f => Psnr.Compute(f.Bytes, expected.Bytes))]);
        }
        Console.WriteLine($"{scores.Count} triplets: with borders {scores.Average(s => s[0]):0.00} dB, without {scores.Average(s => s[1]):0.00} dB, "
            + $"without in a view of the whole's size {scores.Average(s => s[2]):0.00} dB; without them at worst {scores.Min(s => s[1] - s[0]):0.00}, at best {scores.Max(s => s[1] - s[0]):+0.00} dB");
    }
}
