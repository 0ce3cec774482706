using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Interpolation.Device;

namespace Vfi.Tests.Interpolation;

/// <summary>The bending of motion by the CPU, against the graph that does it on a device, and by itself.</summary>
public sealed class MotionCurveTests
{
    private static readonly CurveTimes Middle = new(0.5f, 0.5f, 0.5f, 1, 1);

    [Theory]
    [InlineData(64, 64)]
    [InlineData(160, 96)]
    [InlineData(34, 18)]
    [InlineData(8, 6)]
    public void The_graph_and_the_vectors_bend_alike(int width, int height)
    {
        var random = new Random(21);
        MotionField own = Noise(width, height, random), before = Noise(width, height, random), after = Noise(width, height, random), bent = Noise(width, height, random);
        var times = new CurveTimes(0.4f, 0.6f, 0.3f, 0.8f, 1.5f);
        using var graph = new ModelLoader(new InferenceOptions()).LoadGraph(DeviceGraphs.Bend, DeviceGraphs.Read(DeviceGraphs.Bend), ExecutionProvider.Cpu, 1);
        float[] flow = new float[own.Flow.Length], mask = new float[own.Mask.Length], around = new float[2 * flow.Length], both = new float[2 * flow.Length];
        long[] half = [1, 4, height / 2, width / 2], whole = [1, 1, height, width];
        graph.Run([(own.Flow, half), (own.Mask, whole), (before.Flow, half), (after.Flow, half), (times.ToArray(), [5])], [(flow, half), (mask, whole), (around, [1, 8, height / 2, width / 2])]);
        new MotionCurve(1).Bend(own, before, after, times, bent, both);
        for (var i = 0; i < flow.Length; i++)
            Assert.True(Math.Abs(flow[i] - bent.Flow[i]) < 0.0005f, $"flow {i}: {bent.Flow[i]} instead of {flow[i]}");
        for (var i = 0; i < mask.Length; i++)
            Assert.True(Math.Abs(mask[i] - bent.Mask[i]) < 0.0005f, $"mask {i}: {bent.Mask[i]} instead of {mask[i]}");
        for (var i = 0; i < around.Length; i++)
            Assert.True(Math.Abs(around[i] - both[i]) < 0.0005f, $"around {i}: {both[i]} instead of {around[i]}");
    }

    [Fact]
    public void Threads_do_not_change_the_result()
    {
        var random = new Random(22);
        MotionField own = Noise(128, 300, random), before = Noise(128, 300, random), after = Noise(128, 300, random), one = Noise(128, 300, random), many = Noise(128, 300, random);
        new MotionCurve(1).Bend(own, before, after, Middle, one);
        new MotionCurve(5).Bend(own, before, after, Middle, many);
        Assert.Equal(one.Flow, many.Flow);
        Assert.Equal(one.Mask, many.Mask);
    }

    [Theory]
    [InlineData("even motion at even times", 6, 6, 6, 1, 1, 0.5)]
    [InlineData("even motion at uneven times", 3, 6, 9, 0.5, 1.5, 0.3)]
    public void Even_motion_stays_straight(string what, float before, float own, float after, float lengthBefore, float lengthAfter, float position)
    {
        MotionField straight = Even(own, position), bent = Even(0, 0);
        new MotionCurve(1).Bend(straight, Even(before, 0.5f), Even(after, 0.5f), new CurveTimes(position, 0.5f, 0.5f, lengthBefore, lengthAfter), bent);
        Assert.All(bent.Flow.Zip(straight.Flow), f => Assert.True(Math.Abs(f.First - f.Second) < 1e-5f, what));
    }

    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(1, 1, 0.25)]
    [InlineData(0.5, 2, 0.8)]
    public void What_speeds_up_evenly_is_where_it_was_at_that_time(float lengthBefore, float lengthAfter, float position)
    {
        MotionField own = Even(Moved(0, 1), position), bent = Even(0, 0);
        new MotionCurve(1).Bend(
            own, Even(Moved(-lengthBefore, 0), 0.5f), Even(Moved(1, 1 + lengthAfter), 0.5f), new CurveTimes(position, 0.5f, 0.5f, lengthBefore, lengthAfter), bent);
        var size = own.Flow.Length / 4;
        // An acceleration of 8 is far above noise.
        Assert.Equal(Moved(position, 0), bent.Flow[size / 2], 0.01);
        Assert.Equal(Moved(position, 1), bent.Flow[2 * size + size / 2], 0.01);
        Assert.Equal(0, bent.Flow[size + size / 2], 0.01);
    }

    [Theory]
    [InlineData("before", 1, 0.5)]
    [InlineData("after", 1, 0.5)]
    [InlineData("before", 1.5, 0.25)]
    [InlineData("after", 0.5, 0.8)]
    public void Half_of_an_acceleration_that_one_side_shows_counts_at_most(string known, float length, float position)
    {
        MotionField own = Even(Moved(0, 1), position), bent = Even(0, 0);
        // The own field stands for the side that is not known.
        var (before, after, times) = known == "before"
            ? (Even(Moved(-length, 0), 0.5f), own, new CurveTimes(position, 0.5f, position, length, 1))
            : (own, Even(Moved(1, 1 + length), 0.5f), new CurveTimes(position, position, 0.5f, 1, length));
        new MotionCurve(1).Bend(own, before, after, times, bent);
        double straight = -Moved(0, 1) * position, curved = Moved(position, 0), got = bent.Flow[own.Flow.Length / 8];
        Assert.InRange((got - straight) / (curved - straight), 0.35, 0.5);
    }

    [Fact]
    public void Motion_that_goes_to_and_fro_stays_straight()
    {
        MotionField own = Even(6, 0.5f), bent = Even(0, 0);
        new MotionCurve(1).Bend(own, Even(-6, 0.5f), Even(-6, 0.5f), Middle, bent);
        Assert.All(bent.Flow.Zip(own.Flow), f => Assert.Equal(f.Second, f.First, 0.01f));
    }

    private static MotionField Noise(int width, int height, Random random)
    {
        var field = new MotionField(width, height, new float[width * height], new float[width * height], 1);
        for (var i = 0; i < field.Flow.Length; i++)
            (field.Flow[i], field.Mask[i]) = ((random.NextSingle() - 0.5f) * 6, random.NextSingle());
        return field;
    }

    /// <summary>How far what falls freely has moved, in half-size pixels, between two times in distances of the frames.</summary>
    private static float Moved(double from, double to)
    {
        static double Place(double time) => 5 * time + 4 * time * time;
        return (float)(Place(to) - Place(from));
    }

    /// <summary>All moves to the right, as seen at a position.</summary>
    private static MotionField Even(float moved, float position)
    {
        const int Width = 64, Height = 48, Size = Width * Height / 4;
        var field = new MotionField(Width, Height, new float[Width * Height], new float[Width * Height], 1);
        field.Flow.AsSpan(0, Size).Fill(-moved * position);
        field.Flow.AsSpan(2 * Size, Size).Fill(moved * (1 - position));
        return field;
    }
}
