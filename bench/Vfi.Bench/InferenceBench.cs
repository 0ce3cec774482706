using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Bench;

/// <summary>Milliseconds of one motion estimation, with other flows, and of bending it, at the sizes that 360p, 720p and 1080p videos are reduced to.</summary>
internal static class InferenceBench
{
    public static async Task RunAsync(string model)
    {
        var factory = InterpolatorFactory.Open(new ModelCatalogue(), model, ExecutionProvider.Cpu);
        using var sessions = new ModelSessions(new InferenceOptions());
        var random = new Random(1);
        foreach (var threads in (int[])[1, Environment.ProcessorCount])
        {
            foreach (var (width, height) in ((int, int)[])[(640, 360), (1280, 720), (1920, 1080)])
            {
                var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), width, height);
                var settings = new InterpolationSettings { Threads = threads, AtOnce = 1 };
                using var set = await factory.CreateAsync(sessions, format, settings, Console.WriteLine, CancellationToken.None);
                var interpolator = (MotionInterpolator)set.All[0];
                var shape = factory.Shape(width, height, MotionSize.Auto);
                ReducedView first = new(width, height, shape.Divisor, shape.Alignment), second = new(width, height, shape.Divisor, shape.Alignment);
                foreach (var view in (ReducedView[])[first, second])
                {
                    for (var i = 0; i < view.Rgb.Length; i++)
                        view.Rgb.Span[i] = random.NextSingle();
                }
                var time = Stopwatches.Median(12, () =>
                {
                    using var motion = interpolator.Estimate(first, second, 0.5f);
                    interpolator.WithOthers(first, second, motion.Field);
                });
                var curve = new MotionCurve(threads);
                using PooledMotion own = interpolator.Estimate(first, second, 0.5f), bent = interpolator.Estimate(second, first, 0.5f);
                var around = new float[2 * own.Field.Flow.Length];
                var bending = Stopwatches.Median(12, () => curve.Bend(own.Field, own.Field, own.Field, new CurveTimes(0.5f, 0.5f, 0.5f, 1, 1), bent.Field, around));
                Console.WriteLine($"{model} {width}x{height} on {first.Width}x{first.Height}, {threads} threads: {time:0.0} ms, bending {bending:0.0} ms");
            }
        }
    }
}
