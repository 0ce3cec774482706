namespace Vfi.Tests;

public sealed class ModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("yuv420p", 97, 63)]
    [InlineData("yuv422p10le", 96, 64)]
    [InlineData("gbrp", 65, 33)]
    [InlineData("gray", 64, 48)]
    public void A_model_that_gives_frames_fits_the_same_pipeline(string format, int width, int height)
    {
        var source = Clip(format, width, height);
        VfiCommand.Convert(source, "-o", _folder.File("model.mkv"), "--encoder", "ffv1", "--model", Model("average"), "--interp-ratio", "3");
        VfiCommand.Convert(source, "-o", _folder.File("blend.mkv"), "--encoder", "ffv1", "--model", "blend", "--interp-ratio", "3");
        // The graph blends in RGB, blend on the planes: equal but for the way there and back.
        Assert.True(Tool.Psnr(_folder.File("model.mkv"), _folder.File("blend.mkv")) > 38);
        Assert.Equal(Tool.FrameHashes(source, $"format={format}"), Tool.FrameHashes(_folder.File("model.mkv"), $"select='not(mod(n,3))',format={format}"));
    }

    [Fact]
    public void Motion_without_flow_shows_what_the_mask_chooses()
    {
        var source = Clip("yuv420p", 96, 64);
        VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1", "--model", Model("hold0"));
        var hashes = Tool.FrameHashes(_folder.File("out.mkv"));
        for (var i = 0; i < hashes.Length; i += 2)
            Assert.Equal(hashes[i], hashes[i + 1]);
    }

    [Fact]
    public void Motion_that_is_not_a_number_is_an_error_and_not_a_picture()
    {
        var (exit, _, errors) = VfiCommand.Run("convert", Clip("yuv420p", 96, 64), "-o", _folder.File("out.mkv"), "--model", Model("broken"));
        Assert.Equal(1, exit);
        Assert.Contains("model broken", errors, StringComparison.Ordinal);
        Assert.Equal(["in.mkv"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_graph_with_other_inputs_is_refused_by_name()
    {
        var (exit, _, errors) = VfiCommand.Run("convert", Clip("yuv420p", 96, 64), "-o", _folder.File("out.mkv"), "--model", Model("other"));
        Assert.Equal(2, exit);
        Assert.Contains("lacks frame0", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_gives_the_same_figures_as_ffmpeg()
    {
        // im0, gt and im1 of one clip, half a second apart.
        Directory.CreateDirectory(_folder.File("set/one"));
        for (var i = 0; i < 3; i++)
            Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-vf", $"select='eq(n,{i * 12})'", "-frames:v", "1", "-pix_fmt", "rgb24", _folder.File($"set/one/{((string[])["im0", "gt", "im1"])[i]}.png"));
        var (exit, output, errors) = VfiCommand.Run("evaluate", _folder.File("set"), "--model", "hold", "--json", "--out", _folder.File("predictions"));
        Assert.True(exit == 0, errors);
        var psnr = System.Text.Json.Nodes.JsonNode.Parse(output)!["psnr"]!.GetValue<double>();
        Assert.Equal(Tool.Psnr(_folder.File("set/one/im0.png"), _folder.File("set/one/gt.png")), psnr, 0.01);
        Assert.Equal(Tool.FrameHashes(_folder.File("set/one/im0.png")), Tool.FrameHashes(_folder.File("predictions/one.png")));
    }

    [Fact]
    public void Evaluate_says_what_a_folder_lacks()
    {
        var (exit, _, errors) = VfiCommand.Run("evaluate", _folder.Path);
        Assert.Equal(2, exit);
        Assert.Contains("im0.png", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Model(string name) => Path.Combine(VfiCommand.Root, "tests", "Models", name, "model.json");

    private string Clip(string format, int width, int height)
    {
        var path = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s={width}x{height}:r=25", "-frames:v", "6", "-pix_fmt", format, "-c:v", "ffv1", path);
        return path;
    }
}
