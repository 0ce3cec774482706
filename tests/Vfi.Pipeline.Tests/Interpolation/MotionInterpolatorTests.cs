using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class MotionInterpolatorTests
{
    [Theory]
    [InlineData("motion-s")]
    [InlineData("motion-l")]
    public async Task Equal_frames_give_the_same_motion_to_the_bit_wherever_they_lie_in_memory(string model)
    {
        const int Width = 160, Height = 96;
        var factory = InterpolatorFactory.Open(new ModelCatalogue(), model, ExecutionProvider.Cpu);
        using var sessions = new ModelSessions(new InferenceOptions());
        var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), Width, Height);
        using var set = await factory.CreateAsync(sessions, format, new InterpolationSettings { Threads = 4, AtOnce = 4 }, _ => { }, CancellationToken.None);
        var shape = factory.Shape(Width, Height, MotionSize.Auto);
        var fields = new List<MotionField>();
        List<byte[]> between = [];
        foreach (var interpolator in set.All.Concat(set.All).Concat(set.All).Cast<MotionInterpolator>())
        {
            ReducedView first = Noise(1), second = Noise(2);
            using var motion = interpolator.Estimate(first, second, 0.5f);
            var field = interpolator.WithOthers(first, second, motion.Field);
            fields.Add(field with { Flow = [.. field.Flow], Mask = [.. field.Mask], Others = [.. field.Others!] });
        }
        Assert.All(fields, f => Assert.True(f.Flow.SequenceEqual(fields[0].Flow) && f.Mask.SequenceEqual(fields[0].Mask) && f.Others!.SequenceEqual(fields[0].Others!)));

        ReducedView Noise(int seed)
        {
            // Pinned arrays lie one behind the other, at multiples of 8 bytes: so the next one comes to lie at another multiple of 16.
            between.Add(GC.AllocateArray<byte>(8 * (between.Count % 3 + 1), pinned: true));
            var random = new Random(seed);
            var view = new ReducedView(Width, Height, shape.Divisor, shape.Alignment);
            foreach (ref var value in view.Rgb.Span)
                value = random.NextSingle();
            return view;
        }
    }
}
