using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Overlays;
using Vfi.Pipeline.Quality;

namespace Vfi.Bench;

/// <summary>Triplets with two lines of strokes like letters, white in black, drawn over their lower part: PSNR of it interpolated with them and with them taken off before; the same of triplets as they are; what finding costs.</summary>
internal static class OverlayBench
{
    private const int LineHeight = 20;
    private const int StrokeHeight = 12;

    public static async Task RunAsync(string folder)
    {
        using var sessions = new ModelSessions(new InferenceOptions());
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        var factory = new InterpolatorFactory("m", manifest, path, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
        var settings = new InterpolationSettings { Threads = Environment.ProcessorCount, AtOnce = 1 };
        var scores = new List<(double[] Drawn, double[] Plain)>();
        foreach (var triplet in TripletSet.Find(folder).Where(t => t.Pictures.All(p => p is not null)))
        {
            var frames = await Task.WhenAll(triplet.Pictures.Select(p => PictureFile.ReadAsync(p!, CancellationToken.None)));
            var format = new FrameFormat(frames[0].Layout, new ColourDescription("pc", "gbr"), frames[0].Width, frames[0].Height);
            using var pool = new FramePool(format.Layout, format.Width, format.Height);
            using var set = await factory.CreateAsync(sessions, format, settings, Console.WriteLine, CancellationToken.None);
            var lines = new FrameArea(0, format.Height - 2 * LineHeight, format.Width, 2 * LineHeight);
            var plain = Measure(set, format, pool, frames, new FrameArea(0, 0, format.Width, format.Height));
            foreach (var frame in frames)
                Draw(frame, lines);
            scores.Add((Measure(set, format, pool, frames, lines), plain));
        }
        Console.WriteLine($"{scores.Count} triplets, the lines with letters: a part of the picture {scores.Average(s => s.Drawn[0]):0.00} dB, taken off {scores.Average(s => s.Drawn[1]):0.00} dB (at worst {scores.Min(s => s.Drawn[1] - s.Drawn[0]):0.00}, "
            + $"at best {scores.Max(s => s.Drawn[1] - s.Drawn[0]):+0.00} dB); as they are, all of the picture: {scores.Average(s => s.Plain[0]):0.00} and {scores.Average(s => s.Plain[1]):0.00} dB (at worst {scores.Min(s => s.Plain[1] - s.Plain[0]):0.00} dB)");
        Speed(960, 540);
    }

    /// <summary>PSNR of an area with what stands over it and with that taken off; frames: first, truth, second, before, after.</summary>
    private static double[] Measure(InterpolatorSet set, FrameFormat format, FramePool pool, VideoFrame[] frames, FrameArea area)
    {
        using var areas = new FramePool(format.Layout, area.Width, area.Height);
        VideoFrame Cut(VideoFrame frame)
        {
            var cut = areas.Rent();
            area.Cut(frame, cut);
            return cut;
        }
        double Score(VideoFrame made) => Psnr.Compute(Cut(made).Bytes, Cut(frames[1]).Bytes);
        var made = pool.Rent();
        set.Interpolate(frames[3], frames[0], frames[2], frames[4], 0.5f, made);
        var with = Score(made);
        var views = InterpolatorSet.Views(format, new ViewShape(1, 1), Environment.ProcessorCount, lumaOnly: true);
        var kinds = new OverlayFinder(format.Width, format.Height, 1).Find([.. ((int[])[3, 0, 2, 4]).Select(i => OverlayFinder.Steps(views.Build(frames[i]).Luma))]);
        if (kinds is null)
            return [with, with];
        var overlay = new Overlay(kinds, format.Width, format.Height, 1);
        VideoFrame Bare(VideoFrame frame)
        {
            var bare = pool.Rent();
            frame.Bytes.CopyTo(bare.Bytes);
            OverlayPixels.TakeOff(overlay, bare);
            return bare;
        }
        if (overlay.IsOver)
            set.Interpolate(Bare(frames[3]), Bare(frames[0]), Bare(frames[2]), Bare(frames[4]), 0.5f, made);
        OverlayPixels.PutOn(overlay, frames[0], frames[2], 0.5f, made);
        return [with, Score(made)];
    }

    private static unsafe void Draw(VideoFrame frame, FrameArea lines)
    {
        for (var p = 0; p < frame.Layout.PlaneCount; p++)
        {
            var plane = frame.Plane(p);
            void Fill(int left, int top, int width, int height, byte value)
            {
                for (var y = top; y < top + height; y++)
                    new Span<byte>(plane.Data + (long)y * plane.Width + left, width).Fill(value);
            }
            for (var line = 0; line < 2; line++)
            {
                for (var x = plane.Width / 5; x < plane.Width * 4 / 5; x += x % 7 == 0 ? 14 : 8)
                {
                    var top = lines.Y + line * LineHeight + 3;
                    Fill(x - 1, top - 1, 5, StrokeHeight + 2, 0);
                    Fill(x, top, 3, StrokeHeight, 255);
                }
            }
        }
    }

    private static void Speed(int width, int height)
    {
        var finder = new OverlayFinder(width, height, Environment.ProcessorCount);
        foreach (var stands in (double[])[0, 0.2])
        {
            var pictures = Enumerable.Range(0, OverlayFinder.Pictures).Select(n =>
            {
                var moving = new Random(n);
                return Enumerable.Range(0, width * height).Select(i => (byte)(i % width < stands * width ? 255 * (i / 4 % 2) : moving.Next(256))).ToArray();
            }).ToArray();
            finder.Find(pictures);
            Console.WriteLine($"finding at {width}x{height}, a part of {stands:0.0} stands: {Stopwatches.Median(20, () => finder.Find(pictures)):0.00} ms a frame");
        }
    }
}
