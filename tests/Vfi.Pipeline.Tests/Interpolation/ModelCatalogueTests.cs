using Vfi.Pipeline;
using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class ModelCatalogueTests
{
    [Fact]
    public void The_default_model_is_there_and_whole()
    {
        var (manifest, path) = new ModelCatalogue().Open(ModelCatalogue.Default);
        Assert.Equal(ModelKind.Motion, manifest.Kind);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void An_unknown_model_is_bad_input_that_lists_the_known_ones()
    {
        var e = Assert.Throws<VfiException>(() => new ModelCatalogue().Open("nothing"));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains(ModelCatalogue.Default, e.Message, StringComparison.Ordinal);
        Assert.Contains("hold, blend", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_with_another_hash_is_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("m"));
        File.WriteAllText(folder.File("m/m.onnx"), "not the model");
        File.WriteAllText(folder.File("m/model.json"), """{ "name": "m", "kind": "motion", "file": "m.onnx", "sha256": "00" }""");
        var e = Assert.Throws<VfiException>(() => new ModelCatalogue(folder.Path).Open("m"));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains("SHA-256", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("motion", 1)]
    [InlineData("motion", 3)]
    [InlineData("frame", 2)]
    public void A_manifest_that_names_another_number_of_outputs_than_its_kind_has_is_refused(string kind, int count)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("m"));
        var outputs = string.Join(", ", Enumerable.Range(0, count).Select(k => $"\"o{k}\""));
        File.WriteAllText(folder.File("m/model.json"), $$"""{ "name": "m", "kind": "{{kind}}", "file": "m.onnx", "sha256": "00", "graph": { "outputs": [{{outputs}}] } }""");
        var e = Assert.Throws<VfiException>(() => new ModelCatalogue(folder.Path).Open("m"));
        Assert.Equal(FailureKind.BadInput, e.Kind);
        Assert.Contains($"m{Path.DirectorySeparatorChar}model.json", e.Message, StringComparison.Ordinal);
        Assert.Contains($"names {count}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(640, 360, 1)]
    [InlineData(720, 1280, 2)]
    [InlineData(1920, 1080, 2)]
    [InlineData(3840, 2160, 4)]
    public void Motion_is_estimated_at_the_manifests_scale(int width, int height, int divisor) =>
        Assert.Equal(divisor, new ModelCatalogue().Open(ModelCatalogue.Default).Manifest.DivisorFor(width, height, MotionSize.Auto));

    [Theory]
    [InlineData(640, 360, 2)]
    [InlineData(1920, 1080, 4)]
    [InlineData(3840, 2160, 8)]
    public void Half_is_half_of_the_manifests_scale(int width, int height, int divisor) =>
        Assert.Equal(divisor, new ModelCatalogue().Open(ModelCatalogue.Default).Manifest.DivisorFor(width, height, MotionSize.Half));
}
