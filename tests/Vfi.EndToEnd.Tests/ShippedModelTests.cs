namespace Vfi.Tests;

/// <summary>The shipped models on pictures whose truth is known: what any of them must do, however it was trained.</summary>
public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models => [.. Directory.GetDirectories(Path.Combine(VfiCommand.Root, "models")).Select(d => Path.GetFileName(d)!)];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_panning_picture_is_followed(string model)
    {
        Triplet(step => Picture(Pan(step)));
        double made = Psnr(model), blend = Psnr("blend");
        Assert.True(made > blend + 8, $"{made} against {blend}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void What_stands_still_in_grain_stays_as_sharp_as_the_average(string model)
    {
        Triplet(step => Picture("crop=320:192:60:40" + (step == 1 ? "" : $",noise=alls=8:all_seed={step + 1}:allf=t")));
        double made = Psnr(model), blend = Psnr("blend");
        Assert.True(made > blend - 0.02, $"{made} against {blend}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void What_is_written_over_a_moving_picture_is_not_torn(string model)
    {
        // A test card of 96x48 stands still in the middle of the pan.
        Triplet(step => Picture($"{Pan(step)}[p];testsrc=s=96x48,format=rgb24[c];[p][c]overlay=112:72:format=gbrp"));
        VfiCommand.Evaluate(_folder.File("set"), model, "--out", _folder.File("made"));
        var card = Tool.Psnr(_folder.File("made/one.png"), _folder.File("set/one/gt.png"), "crop=80:32:120:80");
        Assert.True(card > 30, $"{card} dB");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Squares_that_repeat_move_the_short_way(string model)
    {
        // 12 pixels' period, moved by 4: as well by -8, which half of the estimates may find.
        static string Square(int step, int bright, int dark) => $"if(mod(floor((X-{2 * step}+12)/6)+floor(Y/6)\\,2)\\,{bright}\\,{dark})";
        Triplet(step => $"color=s=320x192:r=1,format=gbrp,geq=r={Square(step, 217, 51)}:g={Square(step, 204, 77)}:b={Square(step, 178, 102)},format=rgb24");
        double made = Psnr(model), blend = Psnr("blend");
        Assert.True(made > blend + 8, $"{made} against {blend}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_fade_is_not_taken_for_motion(string model)
    {
        // Frame by frame 15 per cent darker than the first one. Most of the error lies along the borders, where what enters is in one
        // frame only, so the fade shows inside of them.
        static string Dark(int step) => $"val*{20 - (3 * step)}/20";
        Triplet(step => Picture($"{Pan(step)},lut=c0={Dark(step)}:c1={Dark(step)}:c2={Dark(step)}"));
        var whole = VfiCommand.Evaluate(_folder.File("set"), model, "--out", _folder.File("made"))["psnr"]!.GetValue<double>();
        var inside = Tool.Psnr(_folder.File("made/one.png"), _folder.File("set/one/gt.png"), "crop=288:160:16:16");
        Assert.True(inside > 38, $"{inside} dB inside of the borders");
        Assert.True(whole > 31.35, $"{whole} dB");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_fade_goes_on_evenly_between_frames(string model)
    {
        string source = _folder.File("in.mkv"), truth = _folder.File("truth.mkv"), made = _folder.File("out.mkv");
        Tool.Ffmpeg("-filter_complex",
            Picture("crop=320:192:60:40,format=yuv420p,trim=end_frame=1,loop=12:1,settb=1/100,setpts=N,fps=100,fade=out:0:16"), "-c:v", "ffv1", truth);
        Tool.Ffmpeg("-i", truth, "-vf", "framestep=4", "-c:v", "ffv1", source);
        VfiCommand.Convert(source, "-o", made, "--encoder", "ffv1", "--interp-ratio", "4", "--model", model);
        var psnr = Tool.Psnr(made, truth, "trim=end_frame=13");
        Assert.True(psnr > 45, $"{psnr} dB");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void What_speeds_up_is_where_it_was_at_that_time(string model)
    {
        // A picture that moves by n² pixels after n frames, of which every second is taken away: half-way along a line is a pixel off.
        string all = _folder.File("all.mkv"), two = _folder.File("two.mkv");
        Tool.Ffmpeg("-filter_complex", Picture("trim=end_frame=1,loop=6:1,setpts=N/25/TB,crop=320:192:'40+n*n':60:exact=1"), "-r", "25", "-c:v", "ffv1", all);
        // Without the frames before and after.
        Tool.Ffmpeg("-i", all, "-vf", "trim=start_frame=2:end_frame=5,setpts=PTS-STARTPTS", "-c:v", "ffv1", two);
        double Made(string truth, int frame)
        {
            string source = _folder.File("in.mkv"), made = _folder.File("out.mkv");
            Tool.Ffmpeg("-i", truth, "-vf", "framestep=2", "-c:v", "ffv1", source);
            VfiCommand.Convert(source, "-o", made, "--overwrite", "--encoder", "ffv1", "--model", model);
            return Tool.Psnr(made, truth, $"select='eq(n,{frame})',crop=256:160:32:16");
        }
        // The first pair has one after it alone.
        double curve = Made(all, 3), half = Made(all, 1), line = Made(two, 1);
        Assert.True(curve > line + 6, $"{curve} dB along a curve, {line} dB along a line");
        Assert.True(half > line + 3, $"{half} dB at the beginning, {line} dB along a line");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes im0, gt and im1, for the steps 0, 1 and 2.</summary>
    private void Triplet(Func<int, string> filter)
    {
        Directory.CreateDirectory(_folder.File("set/one"));
        for (var step = 0; step < 3; step++)
        {
            var name = ((string[])["im0", "gt", "im1"])[step];
            Tool.Ffmpeg("-filter_complex", filter(step), "-frames:v", "1", "-pix_fmt", "rgb24", _folder.File($"set/one/{name}.png"));
        }
    }

    /// <summary>A filter graph: one picture with detail of all sizes, and what is done with it.</summary>
    private static string Picture(string then) => $"mandelbrot=s=640x400:start_scale=0.02:rate=25,gblur=sigma=1.5,format=rgb24,{then}";

    /// <summary>18 pixels to the right and 6 down over both steps; the truth is cut from the same picture.</summary>
    private static string Pan(int step) => $"crop=320:192:{60 + (9 * step)}:{40 + (3 * step)}";

    private double Psnr(string model) => VfiCommand.Evaluate(_folder.File("set"), model)["psnr"]!.GetValue<double>();
}
