using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vfi.Tests;

/// <summary>
/// The way from clips to a model that the product takes, with networks of a few channels and a few steps. Training keeps every
/// core busy, so nothing with a time limit runs beside it.
/// </summary>
[CollectionDefinition(nameof(TrainingTests), DisableParallelization = true)]
[Collection(nameof(TrainingTests))]
public sealed class TrainingTests : IClassFixture<TrainingTests.Clips>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clips _clips;

    public TrainingTests(Clips clips) => _clips = clips;

    [Fact]
    public void The_shipped_network_trained_on_measures_the_same_in_training_and_in_the_product()
    {
        // One of no training would find no motion, and the average of two pictures has as many ties to round as pixels.
        var config = Config("more", 2, new JsonObject { ["match"] = 24 }, Path.Combine(Repository.Root, "models", "motion-s", "motion-s.onnx"));
        Python("train.py", config, _clips.Arrays, _folder.File("more"));
        Python("triplets.py", config, _clips.Arrays, _folder.File("triplets"));
        var said = Python("evaluate.py", _folder.File("triplets/distance-4"), _folder.File("more/best.pt"));
        Directory.CreateDirectory(_folder.File("model"));
        var sha256 = Python("export.py", _folder.File("more/best.pt"), _folder.File("model/more.onnx")).Split(' ')[0];
        var made = VfiCommand.Evaluate(_folder.File("triplets/distance-4"), Manifest("more", sha256));
        var (psnr, ssim) = Figures(said, "best.pt");
        Assert.Equal(psnr, made["psnr"]!.GetValue<double>(), 0.02);
        Assert.Equal(ssim, made["ssim"]!.GetValue<double>(), 0.0005);
    }

    [Fact]
    public void Training_that_was_stopped_goes_on_with_the_samples_that_come_next()
    {
        Train("whole", 4);
        Train("parts", 4, "2");
        Train("parts", 4);
        // A network of so few steps is as good as none, so the mean PSNR of its predictions tells which samples it saw.
        var (whole, parts) = (Log("whole"), Log("parts"));
        Assert.Equal([4], whole.Select(r => r["step"]!.GetValue<int>()));
        Assert.Equal([2, 4], parts.Select(r => r["step"]!.GetValue<int>()));
        Assert.Equal(whole.Average(Psnr), parts.Average(Psnr), 0.01);
        Assert.True(Math.Abs(Psnr(parts[0]) - Psnr(parts[1])) > 0.1, "the same samples again");
    }

    [Fact]
    public void A_wider_network_with_new_parts_begins_where_the_narrower_one_ended()
    {
        Train("small", 4);
        Widen("small/best.pt", "wide.pt");
        Assert.InRange(Difference("small/best.pt", "wide.pt"), 0, 1e-3);
    }

    [Fact]
    public void The_average_of_a_network_and_its_wider_copy_predicts_what_both_do()
    {
        Train("small", 4);
        Widen("small/best.pt", "wide.pt");
        Python("average.py", _folder.File("average.pt"), _folder.File("small/best.pt"), _folder.File("wide.pt"));
        Assert.InRange(Difference("small/best.pt", "average.pt"), 0, 1e-3);
    }

    [Fact]
    public void The_average_of_two_networks_lies_half_way()
    {
        Train("first", 4);
        Train("second", 8);
        Python("average.py", _folder.File("average.pt"), _folder.File("first/best.pt"), _folder.File("second/best.pt"));
        var (first, second, both) = (Weight("first/best.pt"), Weight("second/best.pt"), Weight("average.pt"));
        Assert.NotEqual(first, second);
        Assert.Equal((first + second) / 2, both, 1e-6);
    }

    [Theory]
    [InlineData("train.py", "CONFIG ARRAYS OUT [STOP]")]
    [InlineData("average.py", "OUT.pt CHECKPOINT CHECKPOINT...", "mean.pt", "one.pt")]
    [InlineData("scenes.py", "OUT PREDICTIONS SHEET.png", "set", "predictions")]
    public void A_script_with_too_few_arguments_says_what_it_takes(string script, string takes, params string[] given)
    {
        var error = Assert.ThrowsAny<Exception>(() => Python(script, given));
        Assert.Contains($"{script} {takes}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_is_named()
    {
        File.WriteAllText(_folder.File("notes.pt"), "no checkpoint");
        var error = Assert.ThrowsAny<Exception>(() => Python("export.py", _folder.File("notes.pt"), _folder.File("model.onnx")));
        Assert.Contains("notes.pt: cannot be read as a checkpoint", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("model.onnx")));
    }

    [Fact]
    public void A_place_that_takes_no_checkpoint_is_named()
    {
        Train("small", 4);
        var (checkpoint, target) = (_folder.File("small/best.pt"), _folder.File("none/mean.pt"));
        var error = Assert.ThrowsAny<Exception>(() => Python("average.py", target, checkpoint, checkpoint));
        Assert.Contains("none/mean.pt: cannot be written (No such file or directory)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_of_known_motion_are_found_again_along_it_in_the_frames_that_show_them()
    {
        // Motion is a mean of 2x2 pixels, so that it is not exact along the edges of what moves.
        var share = Script("""
            import numpy as np, layers
            r, pictures = np.random.RandomState(1), np.random.RandomState(2).randint(0, 256, (1, 256, 320, 3)).astype(np.uint8)
            same = count = 0
            y, x = np.mgrid[0:128, 0:128]
            for _ in range(40):
                frames, t, motion, shown = layers.draw(r, lambda: pictures, 128)
                v = np.repeat(np.repeat(motion * 2, 2, 1), 2, 2)
                for end, k in ((0, -t), (1, 1 - t)):
                    at = np.rint(np.stack((x, y)) + v * k).astype(int)
                    seen = shown[end].astype(bool) & (at >= 0).all(0) & (at < 128).all(0)
                    found = frames[end][:, at[1].clip(0, 127), at[0].clip(0, 127)]
                    same, count = same + ((found == frames[2]).all(0) & seen).sum(), count + seen.sum()
            print(same / count)
            """);
        Assert.InRange(double.Parse(share, CultureInfo.InvariantCulture), 0.97, 1);
    }

    [Theory]
    [InlineData("float32", 1e-6)]
    [InlineData("bfloat16", 0.03)]
    public void Correlation_is_the_mean_product_of_both_sides_also_in_the_precision_of_a_GPU(string type, double limit)
    {
        var difference = Script($"""
            from net import correlate
            torch.manual_seed(1)
            a, b = torch.randn(2, 4, 5, 7), torch.randn(2, 4, 5, 7)
            expected = torch.zeros(2, 9, 5, 7)
            for k, (dy, dx) in enumerate((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                for y in range(5):
                    for x in range(7):
                        if 0 <= min(y - dy, y + dy) and max(y - dy, y + dy) < 5 and 0 <= min(x - dx, x + dx) and max(x - dx, x + dx) < 7:
                            expected[:, k, y, x] = (a[:, :, y - dy, x - dx] * b[:, :, y + dy, x + dx]).mean(1)
            with torch.autocast("cpu", torch.bfloat16):
                found = correlate(a.to(torch.{type}), b.to(torch.{type}), 1)
            print((found - expected).abs().max().item())
            """);
        Assert.InRange(double.Parse(difference, CultureInfo.InvariantCulture), 0, limit);
    }

    [Fact]
    public void What_repeats_moves_by_less_than_half_of_its_period()
    {
        var most = Script("""
            import numpy as np, overlay
            r, most = np.random.RandomState(1), 0
            for _ in range(2000):
                period, steps = overlay.any_period(r), r.randint(2, 9)
                most = max(most, np.hypot(*overlay.short(r, period, steps)) * steps / period)
            print(most)
            """);
        Assert.InRange(double.Parse(most, CultureInfo.InvariantCulture), 0.3, 0.5);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Three clips of pans over a picture with grain, decoded into arrays; the last one is held out.</summary>
    public sealed class Clips : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Clips()
        {
            Directory.CreateDirectory(_folder.File("clips"));
            var rows = new List<string> { "file\tsource_repository\tpath_in_repository" };
            for (var k = 0; k < 3; k++)
            {
                var name = $"clip_{k}.mp4";
                Tool.Ffmpeg("-f", "lavfi", "-i", "mandelbrot=s=480x320:start_scale=0.02:rate=25", "-vf",
                    $"loop=-1:1,crop=320:224:{20 + (10 * k)}+{k + 1}*n:{10 * k}+2*n,noise=alls=12:allf=t,setpts=N/25/TB", "-frames:v", "12", "-crf", "12", _folder.File($"clips/{name}"));
                rows.Add($"{name}\ta/b\t{name}");
            }
            File.WriteAllLines(_folder.File("clips/INDEX.tsv"), rows);
            Python("data.py", _folder.File("clips"), Arrays);
        }

        public string Arrays => _folder.File("arrays");

        public void Dispose() => _folder.Dispose();
    }

    private static string Training => Path.Combine(Repository.Root, "training");

    // Debian's packages belong to Debian's interpreter.
    private const string Interpreter = "/usr/bin/python3";

    private static string Python(string script, params string[] arguments) =>
        Tool.Run(Interpreter, ["-B", Path.Combine(Training, script), .. arguments]);

    private string Script(string body) => Tool.Run(Interpreter, "-B", "-c", $"""
        import sys, torch
        sys.path.insert(0, {JsonSerializer.Serialize(Training)})
        from net import MotionNet, load
        def read(name):
            return torch.load({JsonSerializer.Serialize(_folder.File("") + "/")} + name, map_location="cpu")
        {body}
        """);

    private void Widen(string checkpoint, string target) => Script($"""
        saved = read("{checkpoint}")
        saved["config"]["net"].update(c=(12, 12, 12, 12, 12), match=4, fine=(8, 1))
        net = MotionNet(**saved["config"]["net"])
        load(net, saved["ema"])
        saved["ema"] = net.state_dict()
        torch.save(saved, {JsonSerializer.Serialize(_folder.File(target))})
        """);

    /// <summary>Largest difference of two checkpoints' flows and masks.</summary>
    private double Difference(string one, string other) => double.Parse(
        Script($"""
            torch.manual_seed(1)
            a, b, t = torch.rand(1, 3, 64, 96), torch.rand(1, 3, 64, 96), torch.full((1, 1, 1, 1), 0.3)
            made = []
            for saved in read("{one}"), read("{other}"):
                net = MotionNet(**saved["config"]["net"]).eval()
                net.load_state_dict(saved["ema"])
                with torch.no_grad():
                    made.append(net(a, b, t))
            print(max((x - y).abs().max().item() for x, y in zip(*made)))
            """),
        CultureInfo.InvariantCulture);

    /// <summary>The sum of a checkpoint's weights.</summary>
    private double Weight(string checkpoint) => double.Parse(
        Script($"""print(sum(v.double().sum().item() for v in read("{checkpoint}")["ema"].values()))"""), CultureInfo.InvariantCulture);

    private void Train(string name, int steps, params string[] stop) =>
        Python("train.py", [Config(name, steps, new JsonObject { ["c"] = new JsonArray(8, 8, 8, 8, 8), ["n"] = new JsonArray(1, 1, 1, 1, 1) }), _clips.Arrays, _folder.File(name), .. stop]);

    /// <summary>PSNR and SSIM that evaluate.py prints of a checkpoint over all triplets.</summary>
    private static (double Psnr, double Ssim) Figures(string said, string checkpoint)
    {
        var line = said.Split('\n').Single(l => l.StartsWith("all, ", StringComparison.Ordinal));
        var words = line[line.IndexOf(checkpoint, StringComparison.Ordinal)..].Split(' ', ',');
        return (double.Parse(words[1], CultureInfo.InvariantCulture), double.Parse(words[3], CultureInfo.InvariantCulture));
    }

    private List<JsonNode> Log(string name) =>
        [.. File.ReadLines(_folder.File($"{name}/log.jsonl")).Select(l => JsonNode.Parse(l)!)];

    private static double Psnr(JsonNode row) => row["train"]!.GetValue<double>();

    private string Config(string name, int steps, JsonObject net, string? start = null)
    {
        var config = new JsonObject
        {
            ["name"] = name,
            ["net"] = net,
            ["heldOut"] = new JsonArray("clip_2"),
            ["seed"] = 3,
            ["learningRate"] = 0.0001,
            ["distance"] = 0.1,
            ["cover"] = 0.1,
            ["phases"] = new JsonArray(new JsonObject
            {
                ["steps"] = steps,
                ["size"] = 64,
                ["batch"] = 3,
                ["still"] = 0.3,
                ["noisy"] = 0.3,
                ["drawn"] = 0.3,
                ["layered"] = 0.4,
                ["gaps"] = new JsonObject { ["2"] = 2, ["4"] = 1 },
            }),
        };
        if (start is not null)
            config["start"] = start;
        var path = _folder.File($"{name}.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }

    private string Manifest(string name, string sha256)
    {
        File.WriteAllText(_folder.File("model/model.json"), new JsonObject
        {
            ["name"] = name,
            ["kind"] = "motion",
            ["file"] = $"{name}.onnx",
            ["sha256"] = sha256,
            ["alignment"] = 32,
        }.ToJsonString());
        return _folder.File("model/model.json");
    }
}
