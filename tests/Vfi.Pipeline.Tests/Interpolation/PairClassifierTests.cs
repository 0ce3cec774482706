using Vfi.Pipeline.Interpolation;

namespace Vfi.Tests.Interpolation;

public sealed class PairClassifierTests
{
    private static readonly PairClassifier Classifier = new(PairClassifier.DefaultCutThreshold, PairClassifier.DefaultStillThreshold);

    [Fact]
    public void Identical_pictures_are_still() => Assert.Equal(PairKind.Still, Classifier.Classify(Scene(1), Scene(1)));

    [Fact]
    public void One_moving_dot_is_motion()
    {
        var moved = Scene(1);
        moved.Luma[100 * moved.ContentWidth + 50] += 0.5f;
        Assert.Equal(PairKind.Motion, Classifier.Classify(Scene(1), moved));
    }

    [Fact]
    public void Another_scene_is_a_cut() => Assert.Equal(PairKind.Cut, Classifier.Classify(Scene(1), Scene(2)));

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(32)]
    public void A_pan_is_motion(int pixels) => Assert.Equal(PairKind.Motion, Classifier.Classify(Scene(1), Scene(1, shift: pixels)));

    [Fact]
    public void A_flash_or_fade_is_no_cut() => Assert.Equal(PairKind.Motion, Classifier.Classify(Scene(1), Scene(1, gain: 0.7f)));

    [Fact]
    public void What_deforms_as_it_moves_is_no_cut() => Assert.Equal(PairKind.Motion, Classifier.Classify(Scene(1), Mixed(Scene(1, shift: 16), Scene(2), 0.35f)));

    [Fact]
    public void Another_thing_on_the_same_dark_ground_is_a_cut() =>
        Assert.Equal(PairKind.Cut, Classifier.Classify(OnBlack(Scene(1), 0.6), OnBlack(Scene(2), 0.6)));

    [Fact]
    public void What_is_new_before_much_of_the_same_dark_ground_is_no_cut() =>
        Assert.Equal(PairKind.Motion, Classifier.Classify(OnBlack(Scene(1), 0.3), OnBlack(Scene(2), 0.3)));

    [Fact]
    public void A_threshold_of_zero_switches_cuts_off() =>
        Assert.Equal(PairKind.Motion, new PairClassifier(0, PairClassifier.DefaultStillThreshold).Classify(Scene(1), Scene(2)));

    private static ReducedView Mixed(ReducedView scene, ReducedView other, float share)
    {
        for (var i = 0; i < scene.Luma.Length; i++)
            scene.Luma[i] += (other.Luma[i] - scene.Luma[i]) * share;
        return scene;
    }

    /// <summary>The scene in a share of the columns, black beside it.</summary>
    private static ReducedView OnBlack(ReducedView scene, double share)
    {
        for (var i = 0; i < scene.Luma.Length; i++)
        {
            if (i % scene.ContentWidth >= share * scene.ContentWidth)
                scene.Luma[i] = 0;
        }
        return scene;
    }

    /// <summary>Random texture of several scales, different for each seed.</summary>
    private static ReducedView Scene(int seed, int shift = 0, float gain = 1)
    {
        var view = new ReducedView(320, 180, 1, 32);
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 24).Select(_ => (X: (random.NextDouble() - 0.5) * 0.7, Y: (random.NextDouble() - 0.5) * 0.7, Phase: random.NextDouble() * 6.28)).ToArray();
        for (var y = 0; y < view.ContentHeight; y++)
        {
            for (var x = 0; x < view.ContentWidth; x++)
            {
                var v = waves.Sum(w => Math.Sin((x + shift) * w.X + y * w.Y + w.Phase)) / 24;
                view.Luma[y * view.ContentWidth + x] = (float)Math.Clamp(0.5 + v, 0, 1) * gain;
            }
        }
        return view;
    }
}
