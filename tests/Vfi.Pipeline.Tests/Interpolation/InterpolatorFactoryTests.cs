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
}
