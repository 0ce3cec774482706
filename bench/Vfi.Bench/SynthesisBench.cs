using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Bench;

/// <summary>
/// Milliseconds of synthesis alone: smooth motion everywhere (a pan with a turn), motion that jumps from sample to
/// sample (the worst case), no motion, and smooth motion on the scalar path.
/// </summary>
internal static class SynthesisBench
{
    public static void Run()
    {
        foreach (var (name, width, height, divisor) in ((string, int, int, int)[])[
            ("yuv420p", 1280, 720, 2), ("yuv420p", 1920, 1080, 2), ("yuv420p10le", 1920, 1080, 2), ("yuv444p", 1920, 1080, 2), ("yuv420p10le", 3840, 2160, 4)])
        {
            using var pool = new FramePool(PixelLayout.All[name], width, height);
            var random = new Random(1);
            VideoFrame first = pool.Rent(), second = pool.Rent(), target = pool.Rent();
            foreach (var frame in (VideoFrame[])[first, second])
            {
                random.NextBytes(frame.Bytes);
                if (frame.Layout.BytesPerSample == 2)
                {
                    for (var i = 1; i < frame.ByteCount; i += 2)
                        frame.Bytes[i] &= 3;
                }
            }
            var view = new ReducedView(width, height, divisor, 32);
            var flow = new float[view.Width * view.Height];
            var mask = new float[view.Width * view.Height];
            for (var i = 0; i < flow.Length; i++)
                mask[i] = random.NextSingle();
            var field = new MotionField(view.Width, view.Height, flow, mask, divisor);
            foreach (var threads in (int[])[1, 2])
            {
                var vector = new MotionSynthesis(threads);
                var scalar = new MotionSynthesis(threads) { Scalar = true };
                Smooth(flow, view.Width / 2, view.Height / 2);
                var fast = Stopwatches.Median(20, () => vector.Synthesize(first, second, field, true, target));
                var slow = Stopwatches.Median(5, () => scalar.Synthesize(first, second, field, true, target));
                Array.Clear(flow);
                var still = Stopwatches.Median(20, () => vector.Synthesize(first, second, field, true, target));
                for (var i = 0; i < flow.Length; i++)
                    flow[i] = (random.NextSingle() - 0.5f) * 8;
                var rough = Stopwatches.Median(20, () => vector.Synthesize(first, second, field, true, target));
                Console.WriteLine($"synthesis {name} {width}x{height}, {threads} threads: {fast:0.0} ms smooth, {rough:0.0} ms rough, {still:0.0} ms still, {slow:0.0} ms scalar ({slow / fast:0.0} times)");
            }
        }
    }

    private static void Smooth(float[] flow, int w, int h)
    {
        for (var c = 0; c < 4; c++)
        {
            for (var i = 0; i < w * h; i++)
            {
                float x = i % w - w / 2f, y = i / w - h / 2f;
                flow[c * w * h + i] = (c < 2 ? -1 : 1) * (c % 2 == 0 ? 3.3f - 0.02f * y : 1.7f + 0.02f * x);
            }
        }
    }
}
