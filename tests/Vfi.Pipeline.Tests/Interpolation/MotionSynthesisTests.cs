using System.Runtime.CompilerServices;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class MotionSynthesisTests
{
    public static TheoryData<string, int, int, int> Cases => new()
    {
        { "yuv420p", 64, 48, 1 }, { "yuv420p", 65, 47, 1 }, { "yuv422p", 33, 35, 1 }, { "yuv444p", 71, 17, 2 }, { "gray", 19, 2, 1 },
        { "yuv420p10le", 65, 47, 2 }, { "yuv422p12le", 64, 30, 1 }, { "gbrp", 37, 29, 1 }, { "gbrp16le", 37, 29, 4 }, { "gray16le", 5, 1, 1 }, { "yuv420p", 1, 1, 1 },
    };

    /// <summary>A worker's threads outlive its jobs, and must keep nothing of them.</summary>
    [Fact]
    public void What_a_synthesis_worked_with_goes_with_it()
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Used()
        {
            using var pool = new FramePool(PixelLayout.All["yuv420p"], 64, 48);
            var random = new Random(3);
            var field = Noise(64, 48, 1, 40, random);
            new MotionSynthesis(1).Synthesize(Noise(pool, random), Noise(pool, random), field, true, pool.Rent());
            return new WeakReference(field.Flow);
        }
        var flow = Used();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(flow.IsAlive);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vectors_and_scalars_give_the_same_samples(string layout, int width, int height, int divisor)
    {
        using var pool = new FramePool(PixelLayout.All[layout], width, height);
        var random = new Random(3);
        VideoFrame a = Noise(pool, random), b = Noise(pool, random), vector = pool.Rent(), scalar = pool.Rent();
        var field = Noise(width, height, divisor, 40, random);
        new MotionSynthesis(1).Synthesize(a, b, field, true, vector);
        new MotionSynthesis(1) { Scalar = true }.Synthesize(a, b, field, true, scalar);
        Assert.True(vector.Bytes.SequenceEqual(scalar.Bytes));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vectors_and_scalars_give_the_same_samples_of_several_flows(string layout, int width, int height, int divisor)
    {
        using var pool = new FramePool(PixelLayout.All[layout], width, height);
        var random = new Random(7);
        VideoFrame a = Noise(pool, random), b = Noise(pool, random), vector = pool.Rent(), scalar = pool.Rent();
        // Flows that reach beyond the picture, and ones that do not; weights that are nearly all 0, and ones that are not.
        foreach (var (reach, share) in ((float, float)[])[(40, 1), (4, 1), (4, 0.02f)])
        {
            var field = WithOthers(
                Noise(width, height, divisor, reach, random),
                (_, _, _) => (random.NextSingle() - 0.5f) * reach, _ => random.NextSingle() < share ? random.NextSingle() / 5 : 0);
            new MotionSynthesis(1).Synthesize(a, b, field, true, vector);
            new MotionSynthesis(1) { Scalar = true }.Synthesize(a, b, field, true, scalar);
            Assert.True(vector.Bytes.SequenceEqual(scalar.Bytes));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Other_flows_have_their_weight_in_the_picture_and_the_flow_has_the_rest(int divisor)
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 96, 64);
        var random = new Random(8);
        VideoFrame a = Noise(pool, random), target = pool.Rent();
        // The flow stands still; the second other flow moves by 8 luma pixels to the right, 4 down and has a quarter of the picture.
        var field = WithOthers(
            Field(96, 64, divisor, (_, _, _) => 0, (_, _) => 1), (k, c, _) => k != 1 ? 0 : c is 0 or 2 ? 8f / 2 / divisor : 4f / 2 / divisor, k => k == 1 ? 0.25f : 0);
        new MotionSynthesis(1).Synthesize(a, a, field, false, target);
        for (var y = 0; y < 60; y++)
        {
            for (var x = 0; x < 88; x++)
                Assert.Equal((int)(0.75f * Sample(a, 0, x, y) + 0.25f * Sample(a, 0, x + 8, y + 4) + 0.5f), Sample(target, 0, x, y));
        }
        Assert.Equal((int)(0.75f * Sample(a, 1, 10, 10) + 0.25f * Sample(a, 1, 14, 12) + 0.5f), Sample(target, 1, 10, 10));
    }

    [Fact]
    public void Other_flows_without_weight_change_nothing()
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 128, 64);
        var random = new Random(9);
        VideoFrame a = Noise(pool, random), b = Noise(pool, random), without = pool.Rent(), with = pool.Rent();
        var field = Noise(128, 64, 1, 9, random);
        new MotionSynthesis(1).Synthesize(a, b, field, true, without);
        new MotionSynthesis(1).Synthesize(a, b, WithOthers(field, (_, _, _) => 5, _ => 0), true, with);
        Assert.True(without.Bytes.SequenceEqual(with.Bytes));
    }

    [Fact]
    public void Threads_do_not_change_the_result()
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 128, 300);
        var random = new Random(4);
        VideoFrame a = Noise(pool, random), b = Noise(pool, random), one = pool.Rent(), many = pool.Rent();
        var field = Noise(128, 300, 1, 9, random);
        new MotionSynthesis(1).Synthesize(a, b, field, true, one);
        new MotionSynthesis(7).Synthesize(a, b, field, true, many);
        Assert.True(one.Bytes.SequenceEqual(many.Bytes));
    }

    [Theory]
    [InlineData("yuv420p")]
    [InlineData("yuv444p16le")]
    [InlineData("gbrp10le")]
    public void Without_motion_the_mask_chooses_a_source_bit_for_bit(string layout)
    {
        using var pool = new FramePool(PixelLayout.All[layout], 45, 31);
        var random = new Random(5);
        VideoFrame a = Noise(pool, random), b = Noise(pool, random), target = pool.Rent();
        new MotionSynthesis(1).Synthesize(a, b, Field(45, 31, 1, (_, _, _) => 0, (_, _) => 1), true, target);
        Assert.True(target.Bytes.SequenceEqual(a.Bytes));
        new MotionSynthesis(1).Synthesize(a, b, Field(45, 31, 1, (_, _, _) => 0, (_, _) => 0), true, target);
        Assert.True(target.Bytes.SequenceEqual(b.Bytes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_flow_of_whole_pixels_moves_samples_by_them_with_chroma_at_its_own_size(int divisor)
    {
        using var pool = new FramePool(PixelLayout.All["yuv420p"], 96, 64);
        var random = new Random(6);
        VideoFrame a = Noise(pool, random), target = pool.Rent();
        // 8 luma pixels to the right, 4 down; flow is in half-size view pixels.
        var field = Field(96, 64, divisor, (c, _, _) => c switch { 0 or 2 => 8f / 2 / divisor, _ => 4f / 2 / divisor }, (_, _) => 1);
        new MotionSynthesis(1).Synthesize(a, a, field, false, target);
        for (var y = 0; y < 60; y++)
        {
            for (var x = 0; x < 88; x++)
                Assert.Equal(Sample(a, 0, x + 8, y + 4), Sample(target, 0, x, y));
        }
        Assert.Equal(Sample(a, 1, 10 + 4, 10 + 2), Sample(target, 1, 10, 10));
        Assert.Equal(Sample(a, 2, 47, 31), Sample(target, 2, 45, 30));
    }

    private static unsafe byte Sample(VideoFrame frame, int plane, int x, int y) => frame.Plane(plane).Data[y * frame.Plane(plane).Width + x];

    private static MotionField Field(int width, int height, int divisor, Func<int, int, int, float> flow, Func<int, int, float> mask)
    {
        var view = new ReducedView(width, height, divisor, 32);
        int w = view.Width, h = view.Height;
        var field = new MotionField(w, h, new float[w * h], new float[w * h], divisor);
        for (var c = 0; c < 4; c++)
        {
            for (var i = 0; i < w * h / 4; i++)
                field.Flow[c * w * h / 4 + i] = flow(c, i % (w / 2), i / (w / 2));
        }
        for (var i = 0; i < w * h; i++)
            field.Mask[i] = mask(i % w, i / w);
        return field;
    }

    /// <summary>Flow up to half of <paramref name="reach"/> each way, and any mask.</summary>
    private static MotionField Noise(int width, int height, int divisor, float reach, Random random) =>
        Field(width, height, divisor, (_, _, _) => (random.NextSingle() - 0.5f) * reach, (_, _) => random.NextSingle());

    /// <param name="field">Without other flows.</param>
    /// <param name="flow">By which of the other flows, channel and place.</param>
    /// <param name="weight">By which of the other flows.</param>
    private static MotionField WithOthers(MotionField field, Func<int, int, int, float> flow, Func<int, float> weight)
    {
        var size = field.Width / 2 * (field.Height / 2);
        var others = new float[5 * OtherFlows.Count * size];
        for (var i = 0; i < others.Length; i++)
        {
            int k = i / (5 * size), c = i / size % 5;
            others[i] = c == 4 ? weight(k) : flow(k, c, i % size);
        }
        return field with { Others = others };
    }

    private static VideoFrame Noise(FramePool pool, Random random)
    {
        var frame = pool.Rent();
        random.NextBytes(frame.Bytes);
        if (pool.Layout.BytesPerSample == 2)
        {
            for (var i = 1; i < frame.ByteCount; i += 2)
                frame.Bytes[i] &= (byte)(pool.Layout.MaxValue >> 8);
        }
        return frame;
    }
}
