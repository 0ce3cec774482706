using Vfi.Pipeline;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Xunit.Abstractions;

namespace Vfi.Tests.Interpolation;

/// <summary>The graphs that keep frames on the device against the C# kernels, on the CPU provider.</summary>
public sealed class DeviceGraphTests(ITestOutputHelper output) : IDisposable
{
    private readonly ModelSessions _sessions = new(new InferenceOptions());

    public static TheoryData<string> Layouts => [.. PixelLayout.All.Keys];

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Graphs_and_kernels_make_the_same_frame(string layout)
    {
        foreach (var (width, height, divisor) in ((int, int, int)[])[(128, 96, 1), (133, 75, 1), (131, 97, 2), (250, 130, 4)])
        {
            var (difference, psnr) = await CompareAsync(new FrameFormat(PixelLayout.All[layout], new ColourDescription(), width, height), divisor);
            output.WriteLine($"{layout} {width}x{height} 1/{divisor}: largest difference {difference}, {psnr:0.0} dB");
            Assert.True(psnr > 55, $"{width}x{height}: {psnr:0.0} dB");
            Assert.True(difference <= 1, $"{width}x{height}: differs by {difference}");
        }
    }

    [Theory]
    [InlineData("pc", "bt709", "center")]
    [InlineData("tv", "bt2020nc", "topleft")]
    [InlineData("tv", "smpte240m", "left")]
    public async Task Colours_and_chroma_places_are_told_to_the_graphs(string range, string matrix, string location)
    {
        var colour = new ColourDescription(range, matrix, ChromaLocation: location);
        var (difference, _) = await CompareAsync(new FrameFormat(PixelLayout.All["yuv420p10le"], colour, 130, 98), 1);
        Assert.True(difference <= 1, $"differs by {difference}");
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    [InlineData("none")]
    public async Task Graphs_and_kernels_make_the_same_frame_of_what_is_around_it(string around)
    {
        var (difference, _) = await CompareAsync(new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), 133, 75), 1, around: around);
        Assert.True(difference <= 1, $"differs by {difference}");
    }

    [Fact]
    public async Task Graphs_and_kernels_make_the_same_frame_of_a_picture_whose_view_is_padded_to_that_of_whole_frames()
    {
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        var factory = new InterpolatorFactory("m", manifest with { Graph = new ModelGraph { Width = 192, Height = 160 } }, path, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
        var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), 133, 75) { Whole = (170, 130) };
        var (difference, _) = await CompareAsync(format, 1, factory: factory);
        Assert.True(difference <= 1, $"differs by {difference}");
    }

    [Theory]
    [InlineData("yuv420p")]
    [InlineData("yuv420p10le")]
    public async Task Graphs_and_kernels_make_the_same_frame_of_the_models_own_flow_alone(string layout)
    {
        var format = new FrameFormat(PixelLayout.All[layout], new ColourDescription(), 133, 75);
        using var alone = new ModelSessions(new InferenceOptions { OtherFlows = false });
        var (difference, _) = await CompareAsync(format, 1, alone);
        Assert.True(difference <= 1, $"differs by {difference}");
        using var pool = new FramePool(format.Layout, format.Width, format.Height);
        VideoFrame first = Draw(pool, 0), second = Draw(pool, 25), several = pool.Rent(), one = pool.Rent();
        using (var set = await OpenAsync(ModelCatalogue.Default, format, 1, SynthesisPath.Simd))
            set.Interpolate(first, second, 0.4f, several);
        using (var set = await OpenAsync(ModelCatalogue.Default, format, 1, SynthesisPath.Simd, sessions: alone))
            set.Interpolate(first, second, 0.4f, one);
        Assert.False(several.Bytes.SequenceEqual(one.Bytes));
    }

    [Fact]
    public async Task Motion_that_is_not_a_number_is_an_error_on_the_device_too()
    {
        var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), 64, 64);
        using var set = await OpenAsync(Path.Combine(Repository.Root, "tests", "Models", "broken", "model.json"), format, 1, SynthesisPath.Graph);
        using var pool = new FramePool(format.Layout, 64, 64);
        var e = Assert.Throws<VfiException>(() => set.Interpolate(Draw(pool, 0), Draw(pool, 1), 0.5f, pool.Rent()));
        Assert.Contains("not numbers", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_frame_serves_both_its_pairs_and_several_are_in_work_at_once()
    {
        var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), 160, 96);
        using var set = await OpenAsync(ModelCatalogue.Default, format, 1, SynthesisPath.Graph, 3);
        using var pool = new FramePool(format.Layout, 160, 96);
        // It speeds up, so that each frame needs the motion of three pairs.
        var sources = Enumerable.Range(0, 6).Select(i => set.Show(Draw(pool, i * (i + 2)))).ToList();
        var pairs = Enumerable.Range(0, 5).Select(i => new SourcePair(sources[i], sources[i + 1])).ToList();
        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() =>
        {
            var target = pool.Rent();
            set.All[i].Interpolate(pairs[i + 1], 0.5f, new Curve(pairs[i], pairs[i + 2]), target);
            return target;
        })));
        for (var i = 0; i < 3; i++)
        {
            VideoFrame curved = pool.Rent(), straight = pool.Rent();
            set.Interpolate(sources[i].Frame, sources[i + 1].Frame, sources[i + 2].Frame, sources[i + 3].Frame, 0.5f, curved);
            set.Interpolate(sources[i + 1].Frame, sources[i + 2].Frame, 0.5f, straight);
            Assert.True(curved.Bytes.SequenceEqual(made[i].Bytes));
            Assert.False(straight.Bytes.SequenceEqual(made[i].Bytes));
        }
        pairs.ForEach(p => p.Release());
        sources.ForEach(s => s.Release());
    }

    public void Dispose() => _sessions.Dispose();

    private async Task<(int Difference, double Psnr)> CompareAsync(
        FrameFormat format, int divisor, ModelSessions? sessions = null, string around = "both", InterpolatorFactory? factory = null)
    {
        using var pool = new FramePool(format.Layout, format.Width, format.Height);
        VideoFrame[] frames = [Draw(pool, -9), Draw(pool, 0), Draw(pool, 5), Draw(pool, 7)];
        VideoFrame kernels = pool.Rent(), graphs = pool.Rent();
        using (var host = await OpenAsync(ModelCatalogue.Default, format, divisor, SynthesisPath.Simd, sessions: sessions, factory: factory))
            Make(host, kernels);
        using (var device = await OpenAsync(ModelCatalogue.Default, format, divisor, SynthesisPath.Graph, sessions: sessions, factory: factory))
        {
            Assert.True(device.IsOnDevice);
            Make(device, graphs);
        }
        void Make(InterpolatorSet set, VideoFrame target) =>
            set.Interpolate(around is "both" or "before" ? frames[0] : null, frames[1], frames[2], around is "both" or "after" ? frames[3] : null, 0.4f, target);
        int largest = 0, step = format.Layout.BytesPerSample;
        double squares = 0;
        for (var i = 0; i < kernels.ByteCount; i += step)
        {
            int Value(VideoFrame f) => step == 1 ? f.Bytes[i] : f.Bytes[i] | (f.Bytes[i + 1] << 8);
            var difference = Math.Abs(Value(kernels) - Value(graphs));
            largest = Math.Max(largest, difference);
            squares += difference * (double)difference;
        }
        var mean = squares / (kernels.ByteCount / step);
        return (largest, mean == 0 ? 200 : 10 * Math.Log10((double)format.Layout.MaxValue * format.Layout.MaxValue / mean));
    }

    private async Task<InterpolatorSet> OpenAsync(string model, FrameFormat format, int divisor, SynthesisPath path, int atOnce = 1, ModelSessions? sessions = null, InterpolatorFactory? factory = null) =>
        await (factory ?? InterpolatorFactory.Open(new ModelCatalogue(), model, ExecutionProvider.Cpu)).CreateAsync(
            sessions ?? _sessions, format, new InterpolationSettings { MotionSize = new MotionSize(divisor, OfTable: false), Threads = 1, Synthesis = path, AtOnce = atOnce }, _ => { }, CancellationToken.None);

    /// <summary>Waves and a hard-edged square over the whole range of values, moved to the right.</summary>
    private static VideoFrame Draw(FramePool pool, int shift)
    {
        var frame = pool.Rent();
        var at = 0;
        for (var p = 0; p < pool.Layout.PlaneCount; p++)
        {
            int w = pool.Layout.PlaneWidth(p, pool.Width), h = pool.Layout.PlaneHeight(p, pool.Height);
            for (var y = 0; y < h; y++)
            {
                for (var x = 0; x < w; x++)
                {
                    var u = x - shift * w / (float)pool.Width;
                    var v = u > w / 3f && u < w / 2f && y > h / 3 && y < h / 2 ? 1
                        : 0.5f + 0.25f * MathF.Sin(0.21f * u + 0.05f * y + p) + 0.25f * MathF.Sin(0.06f * u - 0.17f * y);
                    var value = (int)(v * pool.Layout.MaxValue);
                    frame.Bytes[at++] = (byte)value;
                    if (pool.Layout.BytesPerSample == 2)
                        frame.Bytes[at++] = (byte)(value >> 8);
                }
            }
        }
        return frame;
    }
}
