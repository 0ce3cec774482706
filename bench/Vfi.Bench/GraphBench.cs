using System.Numerics;
using System.Runtime.InteropServices;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Quality;

namespace Vfi.Bench;

/// <summary>The device graphs on the CPU provider beside the C# kernels: largest difference of test patterns and milliseconds of each stage.</summary>
internal static class GraphBench
{
    public static async Task RunAsync()
    {
        using var sessions = new ModelSessions(new InferenceOptions());
        var factory = InterpolatorFactory.Open(new ModelCatalogue(), ModelCatalogue.Default, ExecutionProvider.Cpu);
        foreach (var (layout, width, height) in ((string, int, int)[])[
            ("yuv420p", 1280, 720), ("yuv420p", 1920, 1080), ("yuv420p10le", 1920, 1080), ("yuv444p", 1920, 1080), ("gbrp16le", 1920, 1080), ("gray", 1920, 1080)])
        {
            var line = $"{layout} {width}x{height}:";
            foreach (var path in (SynthesisPath[])[SynthesisPath.Simd, SynthesisPath.Graph])
            {
                var trial = new ProviderTrial(factory, sessions, Console.WriteLine) { Synthesis = path, Layout = PixelLayout.All[layout], Least = TimeSpan.FromSeconds(1) };
                var result = await trial.RunAsync(factory, width, height, [], CancellationToken.None);
                line += $" {path} {string.Join(", ", result.Milliseconds.Select(m => $"{m.Key} {m.Value:0.0}"))} ms";
                if (path == SynthesisPath.Graph)
                    line += $"; {result.Parity.Values.Min():0.0} dB";
            }
            Console.WriteLine($"{line}, largest difference {await LargestAsync(factory, sessions, PixelLayout.All[layout], width, height)}");
        }
    }

    /// <summary>In code values, on the rotating pattern.</summary>
    private static async Task<int> LargestAsync(InterpolatorFactory factory, ModelSessions sessions, PixelLayout layout, int width, int height)
    {
        using var pool = new FramePool(layout, width, height);
        VideoFrame first = TestPattern.Draw(pool, "rotating", 0), second = TestPattern.Draw(pool, "rotating", 1);
        var made = new List<VideoFrame>();
        foreach (var path in (SynthesisPath[])[SynthesisPath.Simd, SynthesisPath.Graph])
        {
            var settings = new InterpolationSettings { Threads = Environment.ProcessorCount, AtOnce = 1, Synthesis = path };
            using var set = await factory.CreateAsync(sessions, new FrameFormat(layout, new ColourDescription(), width, height), settings, Console.WriteLine, CancellationToken.None);
            made.Add(pool.Rent());
            set.Interpolate(first, second, 0.5f, made[^1]);
        }
        return layout.BytesPerSample == 1 ? Largest<byte>(made[0], made[1]) : Largest<ushort>(made[0], made[1]);
    }

    private static int Largest<T>(VideoFrame a, VideoFrame b)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> x = MemoryMarshal.Cast<byte, T>(a.Bytes), y = MemoryMarshal.Cast<byte, T>(b.Bytes);
        var largest = 0;
        for (var i = 0; i < x.Length; i++)
            largest = Math.Max(largest, Math.Abs(int.CreateChecked(x[i]) - int.CreateChecked(y[i])));
        return largest;
    }
}
