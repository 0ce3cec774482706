using System.Runtime.InteropServices;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Bench;

/// <summary>The exported graph on ONNX Runtime's CPU provider against the training code: cases that <c>training/verify.py</c> wrote.</summary>
internal static class ParityBench
{
    public static async Task RunAsync(string model, string folder)
    {
        using var sessions = new ModelSessions(new InferenceOptions());
        var factory = InterpolatorFactory.Open(new ModelCatalogue(), model, ExecutionProvider.Cpu);
        using var lease = await factory.WarmAsync(sessions, 640, 360, MotionSize.Auto, Console.WriteLine, CancellationToken.None);
        float largestFlow = 0, largestMask = 0;
        var cases = Directory.GetFiles(folder, "*.bin");
        foreach (var file in cases)
        {
            var bytes = File.ReadAllBytes(file);
            int width = MemoryMarshal.Read<int>(bytes), height = MemoryMarshal.Read<int>(bytes.AsSpan(4)), at = 8, pixels = width * height;
            float[] Take(int count)
            {
                var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at, 4 * count)).ToArray();
                at += 4 * count;
                return values;
            }

            float[] first = Take(3 * pixels), second = Take(3 * pixels), expectedFlow = Take(pixels), expectedMask = Take(pixels);
            float[] flow = new float[pixels], mask = new float[pixels];
            long[] frame = [1, 3, height, width];
            lease.Model.Run(
                [(first, frame), (second, frame), (new[] { 0.5f }, [1, 1, 1, 1])],
                [(flow, [1, 4, height / 2, width / 2]), (mask, [1, 1, height, width])]);
            largestFlow = Math.Max(largestFlow, Largest(flow, expectedFlow));
            largestMask = Math.Max(largestMask, Largest(mask, expectedMask));
        }
        Console.WriteLine($"{model}, {cases.Length} cases: flows differ by at most {2 * largestFlow:0.000000} pixels, masks by {largestMask:0.000000}");
    }

    private static float Largest(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var largest = 0f;
        for (var i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }
}
