using Vfi.Pipeline.Interpolation.Overlays;

namespace Vfi.Tests.Interpolation.Overlays;

/// <summary>Four pictures of 160x96. Letters are twelve upright strokes, three pixels wide and twelve high.</summary>
public sealed class OverlayFinderTests
{
    private const int Width = 160;
    private const int Height = 96;

    [Theory]
    [InlineData("as they were drawn", 0)]
    [InlineData("lossily encoded", 5)]
    public void Letters_over_a_moving_picture_are_found(string what, int noise)
    {
        var found = Find(n => Letters(Ground(4 * n, 2 * n), 235), noise)!;
        var letters = Letters(new byte[Width * Height], 1);
        Assert.True(Enumerable.Range(0, found.Length).Where(i => letters[i] != 0).All(i => found[i] == Overlay.Over), what);
        Assert.InRange(Enumerable.Range(0, found.Length).Count(i => found[i] == Overlay.Over && !IsNear(letters, i, 2)), 0, Width * Height / 200);
    }

    [Fact]
    public void What_is_found_does_not_depend_on_threads()
    {
        static byte[] Lettered(int n) => Letters(Ground(4 * n, 2 * n), 235);
        Assert.Equal(Find(Lettered), Find(Lettered, threads: 5));
    }

    [Fact]
    public void A_moving_picture_alone_has_no_overlay() => Assert.Equal([Overlay.Moving], Kinds(n => Ground(4 * n, 2 * n)));

    [Fact]
    public void Letters_that_move_with_the_picture_are_no_overlay() => Assert.Equal([Overlay.Moving], Kinds(n => Letters(Ground(4 * n, 0), 235, 4 * n)));

    [Fact]
    public void Letters_over_a_picture_that_stands_are_part_of_it() => Assert.Equal([Overlay.Ground], Kinds(_ => Letters(Ground(0, 0), 235), noise: 2));

    [Fact]
    public void Letters_that_were_not_there_in_all_four_pictures_are_left() => Assert.Equal([Overlay.Moving], Kinds(n => n == 3 ? Ground(12, 0) : Letters(Ground(4 * n, 0), 235)));

    [Fact]
    public void Where_a_picture_is_shown_twice_too_little_is_known() => Assert.Null(Find(n => Letters(Ground(4 * Math.Min(n, 2), 0), 235), noise: 2));

    [Fact]
    public void A_thing_that_crosses_a_picture_which_stands_makes_no_overlay_of_it() => Assert.Equal([Overlay.Moving, Overlay.Ground], Kinds(n =>
    {
        byte[] ground = Ground(0, 0), thing = Ground(-6 * n, 7);
        for (var y = 30; y < 70; y++)
            thing.AsSpan(y * Width + 40 + 6 * n, 30).CopyTo(ground.AsSpan(y * Width + 40 + 6 * n, 30));
        return ground;
    }));

    [Fact]
    public void Single_pixels_that_stand_by_chance_are_left() => Assert.Equal([Overlay.Moving], Kinds(n =>
    {
        var picture = Ground(4 * n, 2 * n);
        foreach (var (x, y) in ((int, int)[])[(40, 40), (41, 40), (40, 41), (100, 60), (101, 60), (100, 61)])
            picture[y * Width + x] = 250;
        return picture;
    }));

    [Fact]
    public void Pictures_smaller_than_what_is_looked_at_are_looked_at() =>
        Assert.Null(Record.Exception(() => new OverlayFinder(3, 2, 1).Find([.. Enumerable.Range(0, OverlayFinder.Pictures).Select(n => new byte[] { 0, 50, (byte)(60 * n), 9, 9, 9 })])));

    private static byte[] Kinds(Func<int, byte[]> picture, int noise = 0) => [.. (Find(picture, noise) ?? [Overlay.Moving]).Distinct().Order()];

    private static byte[]? Find(Func<int, byte[]> picture, int noise = 0, int threads = 1)
    {
        var random = new Random(5);
        return new OverlayFinder(Width, Height, threads).Find([.. Enumerable.Range(0, OverlayFinder.Pictures).Select(n =>
            picture(n).Select(v => (byte)Math.Clamp(v + random.Next(-noise, noise + 1), 0, 255)).ToArray())]);
    }

    /// <summary>Texture of soft blobs, seen from further right and below.</summary>
    private static byte[] Ground(int right, int down)
    {
        var picture = new byte[Width * Height];
        for (var i = 0; i < picture.Length; i++)
        {
            double x = i % Width + right, y = i / Width + down;
            picture[i] = (byte)(110 + 35 * Math.Sin(x * 0.7 + 2 * Math.Sin(y * 0.23)) + 35 * Math.Sin(y * 0.61 + 2 * Math.Sin(x * 0.19)));
        }
        return picture;
    }

    private static byte[] Letters(byte[] picture, byte value, int right = 0)
    {
        for (var letter = 0; letter < 12; letter++)
        {
            for (var y = 60; y < 72; y++)
                picture.AsSpan(y * Width + 20 + right + 8 * letter, 3).Fill(value);
        }
        return picture;
    }

    private static bool IsNear(byte[] letters, int i, int reach)
    {
        for (var y = Math.Max(0, i / Width - reach); y <= Math.Min(Height - 1, i / Width + reach); y++)
        {
            for (var x = Math.Max(0, i % Width - reach); x <= Math.Min(Width - 1, i % Width + reach); x++)
            {
                if (letters[y * Width + x] != 0)
                    return true;
            }
        }
        return false;
    }
}
