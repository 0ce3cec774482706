using Vfi.Pipeline;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class InterpolatorFactoryTests
{
    [Theory]
    [InlineData(ExecutionProvider.Cpu, 32, 32)]
    [InlineData(ExecutionProvider.TensorRt, 32, 64)]
    [InlineData(ExecutionProvider.TensorRt, 128, 128)]
    [InlineData(ExecutionProvider.TensorRt, 48, 192)]
    [InlineData(ExecutionProvider.TensorRt, 1, 64)]
    public void Engines_are_for_sizes_that_suit_the_model_too(ExecutionProvider provider, int alignment, int expected) =>
        Assert.Equal(expected, InterpolatorFactory.AlignmentOn(provider, alignment, new ModelGraph()));

    [Fact]
    public void A_graph_of_one_size_keeps_its_own_on_TensorRT() =>
        Assert.Equal(8, InterpolatorFactory.AlignmentOn(ExecutionProvider.TensorRt, 8, new ModelGraph { Width = 648, Height = 360 }));

    [Theory]
    [InlineData(ExecutionProvider.TensorRt, null, 960, 576)]
    [InlineData(ExecutionProvider.Cpu, null, 960, 416)]
    [InlineData(ExecutionProvider.Cpu, 960, 960, 544)]
    public void A_picture_within_borders_needs_no_engine_of_its_own(ExecutionProvider provider, int? onlyWidth, int width, int height)
    {
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        var factory = new InterpolatorFactory("m", manifest with { Graph = new ModelGraph { Width = onlyWidth } }, path, provider, provider, null);
        var format = new FrameFormat(PixelLayout.All["yuv420p"], new ColourDescription(), 1920, 800) { Whole = (1920, 1080) };
        var view = new ReducedViewSize(format.Width, format.Height, factory.Shape(format, MotionSize.Auto));
        Assert.Equal((width, height), (view.Width, view.Height));
    }

    [Theory]
    [InlineData("frame0,frame1,timestep", "mask,flow", "output mask has 1 channels, not 4")]
    [InlineData("timestep,frame0,frame1", "flow,mask", "input timestep has 1 channels, not 3")]
    public async Task A_manifest_that_takes_one_value_of_the_graph_for_another_is_bad_input(string inputs, string outputs, string expected)
    {
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        manifest = manifest with { Graph = new ModelGraph { Inputs = inputs.Split(','), Outputs = outputs.Split(',') } };
        var factory = new InterpolatorFactory("m", manifest, path, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
        using var sessions = new ModelSessions(new InferenceOptions());
        var e = await Assert.ThrowsAsync<VfiException>(() => factory.WarmAsync(sessions, 64, 64, MotionSize.Auto, _ => { }, CancellationToken.None));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turning_other_flows_or_overlays_off_changes_what_identifies_results_that_they_change()
    {
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        var frame = manifest with { Kind = ModelKind.Frame };
        InferenceOptions on = new(), off = new() { OtherFlows = false }, all = new() { Overlays = false };
        Assert.NotEqual(Factory(manifest).Identity(on), Factory(manifest).Identity(off));
        Assert.Equal(Factory(frame).Identity(on), Factory(frame).Identity(off));
        Assert.All((ModelManifest[])[manifest, frame], m => Assert.NotEqual(Factory(m).Identity(on), Factory(m).Identity(all)));

        InterpolatorFactory Factory(ModelManifest m) => new("m", m, path, ExecutionProvider.Cpu, ExecutionProvider.Cpu, null);
    }
}
