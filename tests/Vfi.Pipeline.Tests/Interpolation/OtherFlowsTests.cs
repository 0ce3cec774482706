using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Tests.Interpolation;

/// <summary>The other flows that the CPU makes, against the graph that makes them on a device, and by themselves.</summary>
public sealed class OtherFlowsTests
{
    [Theory]
    [InlineData(64, 64, false)]
    [InlineData(160, 96, false)]
    [InlineData(34, 18, false)]
    [InlineData(8, 6, false)]
    [InlineData(160, 96, true)]
    [InlineData(34, 18, true)]
    [InlineData(8, 6, true)]
    public void The_graph_and_the_vectors_give_the_same_flows_and_weights(int width, int height, bool isCurved)
    {
        var random = new Random(11);
        ReducedView first = Noise(width, height, random), second = Noise(width, height, random);
        var field = Field(width, height, (_, _) => (random.NextSingle() - 0.5f) * 6);
        using var graph = new ModelLoader(new InferenceOptions()).LoadGraph("neighbours", DeviceGraphs.Read(DeviceGraphs.Neighbours(isCurved)), ExecutionProvider.Cpu, 1);
        var expected = new float[field.Others!.Length];
        var around = new float[2 * field.Flow.Length];
        foreach (ref var value in around.AsSpan())
            value = (random.NextSingle() - 0.5f) * 6;
        long[] frame = [1, 3, height, width];
        List<(Memory<float>, long[])> inputs = [(first.Rgb, frame), (second.Rgb, frame), (field.Flow, [1, 4, height / 2, width / 2])];
        if (isCurved)
            inputs.Add((around, [1, 8, height / 2, width / 2]));
        graph.Run([.. inputs], [(expected, [1, 20, height / 2, width / 2])]);
        new OtherFlows(1).Estimate(first, second, field, isCurved ? around : null);
        Assert.Contains(Weights(field), w => w > 0.05f);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - field.Others[i]) < 0.0005f, $"{i}: {field.Others[i]} instead of {expected[i]}");
    }

    [Fact]
    public void Threads_do_not_change_the_result()
    {
        var random = new Random(12);
        ReducedView first = Noise(128, 300, random), second = Noise(128, 300, random);
        MotionField one = Field(128, 300, (_, _) => (random.NextSingle() - 0.5f) * 6), many = one with { Others = new float[one.Others!.Length] };
        new OtherFlows(1).Estimate(first, second, one);
        new OtherFlows(5).Estimate(first, second, many);
        Assert.Equal(one.Others, many.Others);
    }

    [Fact]
    public void A_flow_that_the_frames_agree_along_is_not_in_doubt()
    {
        var random = new Random(13);
        var view = Noise(64, 64, random);
        // Nothing moves in the left half, and there nothing is wrong; what is right of it moves.
        var field = Field(64, 64, (_, x) => x < 16 ? 0 : 3);
        new OtherFlows(1).Estimate(view, view, field);
        Assert.All(Weights(field).Where((_, i) => i % 32 < 12), w => Assert.Equal(0, w));
        Assert.True(Weights(field).Where((_, i) => i % 32 is >= 17 and < 22).Max() > 0.05f);
    }

    [Fact]
    public void Flows_that_are_alike_have_no_weight_however_the_frames_differ()
    {
        var random = new Random(14);
        var field = Field(64, 64, (_, _) => 2);
        new OtherFlows(1).Estimate(Noise(64, 64, random), Noise(64, 64, random), field);
        Assert.False(field.UsesOthers());
    }

    [Fact]
    public void A_fade_is_no_disagreement()
    {
        var random = new Random(15);
        ReducedView first = Noise(64, 64, random), second = new(64, 64, 1, 2);
        for (var i = 0; i < first.Rgb.Length; i++)
            second.Rgb.Span[i] = 0.1f + 0.7f * first.Rgb.Span[i];
        var field = Field(64, 64, (_, x) => x < 16 ? 0 : 3);
        new OtherFlows(1).Estimate(first, second, field);
        Assert.All(Weights(field).Where((_, i) => i % 32 < 12), w => Assert.Equal(0, w));
    }

    private static IEnumerable<float> Weights(MotionField field)
    {
        var size = field.Width / 2 * (field.Height / 2);
        return Enumerable.Range(0, OtherFlows.Count).SelectMany(k => field.Others!.Skip((5 * k + 4) * size).Take(size));
    }

    private static ReducedView Noise(int width, int height, Random random)
    {
        var view = new ReducedView(width, height, 1, 2);
        for (var i = 0; i < view.Rgb.Length; i++)
            view.Rgb.Span[i] = random.NextSingle();
        return view;
    }

    /// <param name="width">Of the view.</param>
    /// <param name="height">Of the view.</param>
    /// <param name="motion">By channel and column, from the first frame to the second; half of it to each.</param>
    private static MotionField Field(int width, int height, Func<int, int, float> motion)
    {
        int w = width / 2, h = height / 2;
        var field = new MotionField(width, height, new float[width * height], new float[width * height], 1, new float[5 * OtherFlows.Count * w * h]);
        for (var i = 0; i < field.Flow.Length; i++)
            field.Flow[i] = motion(i / (w * h), i % w) * (i < 2 * w * h ? -0.5f : 0.5f);
        return field;
    }
}
