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
    public void A_model_that_gives_frames_gives_them_whole_whatever_the_motion_scale()
    {
        var source = Clip("yuv420p", 96, 64);
        VfiCommand.Convert(source, "-o", _folder.File("plain.mkv"), "--encoder", "ffv1", "--model", Model("average"));
        var (exit, _, errors) = VfiCommand.Run("convert", source, "-o", _folder.File("scaled.mkv"), "--encoder", "ffv1", "--model", Model("average"), "--motion-scale", "1/2");
        Assert.True(exit == 0, errors);
        Assert.Contains("estimates no motion: the motion scale 1/2 does not count", errors, StringComparison.Ordinal);
        Assert.Equal(Tool.FrameHashes(_folder.File("plain.mkv")), Tool.FrameHashes(_folder.File("scaled.mkv")));
    }

    [Fact]
    public void Motion_without_flow_shows_what_the_mask_chooses()
    {
        var source = Clip("yuv420p", 96, 64);
        VfiCommand.Convert(source, "-o", _folder.File("out.mkv"), "--encoder", "ffv1", "--model", Model("hold0"), "--Inference:Overlays=false");
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

    [Theory]
    [InlineData("packed7", "one input of 7 channels, sizes padded to multiples of 2")]
    [InlineData("packed11", "one input of 11 channels, sizes padded to multiples of 32")]
    public void A_model_of_one_packed_input_is_imported_and_converts(string graph, string said)
    {
        var (exit, output, errors) = VfiCommand.Run("models", "import", Import(graph), "--to", _folder.File("models"), "--licence", "none");
        Assert.True(exit == 0, errors);
        Assert.Contains(said, output, StringComparison.Ordinal);
        var source = Clip("yuv420p", 97, 63);
        VfiCommand.Convert(source, "-o", _folder.File("model.mkv"), "--encoder", "ffv1", "--model", _folder.File($"models/{graph}/model.json"), "--interp-ratio", "3");
        VfiCommand.Convert(source, "-o", _folder.File("blend.mkv"), "--encoder", "ffv1", "--model", "blend", "--interp-ratio", "3");
        Assert.True(Tool.Psnr(_folder.File("model.mkv"), _folder.File("blend.mkv")) > 38);
    }

    [Fact]
    public void What_a_killed_import_left_is_replaced_but_a_model_is_not()
    {
        Directory.CreateDirectory(_folder.File("models/packed7"));
        File.WriteAllText(_folder.File("models/packed7/packed7.onnx"), "half");
        Assert.Equal(0, VfiCommand.Run("models", "import", Import("packed7"), "--to", _folder.File("models")).ExitCode);
        var (exit, _, errors) = VfiCommand.Run("models", "import", Import("packed7"), "--to", _folder.File("models"));
        Assert.Equal(2, exit);
        Assert.Contains("exists already", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_one_size_takes_frames_that_fit_and_refuses_others_by_name()
    {
        Assert.Equal(0, VfiCommand.Run("models", "import", Import("fixed"), "--to", _folder.File("models")).ExitCode);
        var model = _folder.File("models/fixed/model.json");
        VfiCommand.Convert(Clip("yuv420p", 96, 64), "-o", _folder.File("out.mkv"), "--encoder", "ffv1", "--model", model);
        var (exit, _, errors) = VfiCommand.Run("convert", Clip("yuv420p", 128, 64), "-o", _folder.File("other.mkv"), "--model", model);
        Assert.Equal(2, exit);
        Assert.Contains("takes 96x64 only", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import/swapped.onnx", "its pictures cannot be right")]
    [InlineData("import/channels9.onnx", "it takes input 1x9x-1x-1 Single")]
    [InlineData("hold0/hold0.onnx", "its pictures cannot be right", "motion")]
    [InlineData("average/model.json", "cannot load this model")]
    [InlineData("none.onnx", "no such file")]
    public void What_keeps_no_known_contract_is_refused_and_leaves_nothing(string file, string said, string? kind = null)
    {
        var path = Path.Combine(VfiCommand.Root, "tests", "Models", file);
        var (exit, _, errors) = VfiCommand.Run(["models", "import", path, "--to", _folder.File("models"), .. kind is null ? [] : (string[])["--kind", kind]]);
        Assert.Equal(2, exit);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("models")));
    }

    [Fact]
    public void Evaluate_gives_the_same_figures_as_ffmpeg()
    {
        // im0, gt and im1 of one clip, half a second apart.
        Directory.CreateDirectory(_folder.File("set/one"));
        for (var i = 0; i < 3; i++)
            Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-vf", $"select='eq(n,{i * 12})'", "-frames:v", "1", "-pix_fmt", "rgb24", _folder.File($"set/one/{((string[])["im0", "gt", "im1"])[i]}.png"));
        var psnr = VfiCommand.Evaluate(_folder.File("set"), "hold", "--out", _folder.File("predictions"))["psnr"]!.GetValue<double>();
        Assert.Equal(Tool.Psnr(_folder.File("set/one/im0.png"), _folder.File("set/one/gt.png")), psnr, 0.01);
        Assert.Equal(Tool.FrameHashes(_folder.File("set/one/im0.png")), Tool.FrameHashes(_folder.File("predictions/one.png")));
    }

    [Theory]
    [InlineData("im1", "no picture", "cannot be decoded")]
    [InlineData("im1", null, "is 32x24 and gt.png 64x48")]
    [InlineData("after", null, "after.png is 32x24 and gt.png 64x48")]
    public void Evaluate_names_the_picture_that_does_not_fit(string name, string? content, string said)
    {
        Directory.CreateDirectory(_folder.File("set/one"));
        void Picture(string file, string size) =>
            Tool.Ffmpeg("-f", "lavfi", "-i", $"testsrc2=s={size}", "-frames:v", "1", "-pix_fmt", "rgb24", _folder.File($"set/one/{file}.png"));
        foreach (var file in (string[])["im0", "gt", "im1"])
            Picture(file, "64x48");
        if (content is null)
            Picture(name, "32x24");
        else
            File.WriteAllText(_folder.File($"set/one/{name}.png"), content);
        var (exit, _, errors) = VfiCommand.Run("evaluate", _folder.File("set"), "--model", "blend");
        Assert.Equal(2, exit);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.Contains($"{name}.png", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_says_what_a_folder_lacks()
    {
        var (exit, _, errors) = VfiCommand.Run("evaluate", _folder.Path);
        Assert.Equal(2, exit);
        Assert.Contains("im0.png", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_measures_pictures_of_a_list_and_replaces_none_of_them()
    {
        Tool.Ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "3", _folder.File("%d.png"));
        File.WriteAllText(_folder.File("list.txt"), "1.png 2.png 3.png\n");
        var measured = VfiCommand.Evaluate(_folder.Path, "blend", "--list", _folder.File("list.txt"), "--out", _folder.File("made"))["images"]!.AsArray();
        Assert.Equal("2", Assert.Single(measured)!["id"]!.GetValue<string>());
        Assert.True(File.Exists(_folder.File("made/2.png")));
        var truth = File.ReadAllBytes(_folder.File("2.png"));
        var (exit, _, errors) = VfiCommand.Run("evaluate", _folder.Path, "--list", _folder.File("list.txt"), "--out", _folder.Path);
        Assert.Equal(2, exit);
        Assert.Contains("would replace", errors, StringComparison.Ordinal);
        Assert.Equal(truth, File.ReadAllBytes(_folder.File("2.png")));
        (exit, _, errors) = VfiCommand.Run("evaluate", _folder.Path, "--list", _folder.File("list.txt"), "--out", _folder.File("list.txt"));
        Assert.Equal(2, exit);
        Assert.Contains("--out", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Model(string name) => Path.Combine(VfiCommand.Root, "tests", "Models", name, "model.json");

    private static string Import(string name) => Path.Combine(VfiCommand.Root, "tests", "Models", "import", name + ".onnx");

    private string Clip(string format, int width, int height)
    {
        var path = _folder.File("in.mkv");
        Tool.Ffmpeg("-f", "lavfi", "-i", Tool.TestPicture(width, height, "25", format), "-frames:v", "6", "-c:v", "ffv1", path);
        return path;
    }
}
