using System.Globalization;
using System.Numerics;
using Vfi.Pipeline.Frames;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Watches frames that are not marked as interlaced and says once, as soon as it is clear, that they look so: the combs that lines of two
/// times make would be in all frames. Where something moves, a frame's later field fits the next frame's earlier one as well as its own
/// frame's other field, and better than the fields that are furthest apart. A whole picture's two fields fit each other best.
/// </summary>
/// <param name="rate">Frames a second.</param>
/// <param name="mayBeFilm">Whether the rate allows for 3:2 pulldown.</param>
/// <param name="note">Told for people; at most once.</param>
internal sealed class FieldWatch(Rational rate, bool mayBeFilm, Action<string> note)
{
    /// <summary>Frames that move after which it is looked what they are.</summary>
    private const int Enough = 48;

    /// <summary>As many of the frames that move must show one order of fields; of 96 progressive clips none had more than 0.07, of as many with 3:2 pulldown none less than 0.38.</summary>
    private const double Many = 0.3;

    /// <summary>As many of those that show any must agree.</summary>
    private const double Agreement = 0.9;

    /// <summary>How much more combs differ where fields fit less.</summary>
    private const double Better = 1.3;

    /// <summary>Rows between those that are looked at; even.</summary>
    private const int Step = 12;

    /// <summary>Pixels side by side that move or stand together.</summary>
    private const int Cell = 16;

    /// <summary>Mean change of a pixel that moves, in 8-bit steps.</summary>
    private const int Moving = 6;

    private const int FewestCells = 8;

    // By place in a cycle of 3:2 pulldown: frames with the top field first, with the bottom field first, and all that move.
    private readonly int[] _top = new int[Telecine.Cycle], _bottom = new int[Telecine.Cycle], _moving = new int[Telecine.Cycle];
    private bool _isDone;

    /// <summary>Looks at the first of two neighbouring frames. Called for all of them, in order within a run of chunks.</summary>
    public void Add(SourceFrame first, SourceFrame second)
    {
        if (!_isDone && Look(first.Frame, second.Frame) is { } order)
            Count((first.Frame.Time * rate).Round(), order);
    }

    /// <returns>Above 0: the frame's top field comes first; below: the bottom field; 0: it is whole; null: hardly anything moves.</returns>
    internal static int? Look(VideoFrame first, VideoFrame second) =>
        first.Layout.BytesPerSample == 1 ? Look<byte>(first, second) : Look<ushort>(first, second);

    private static unsafe int? Look<T>(VideoFrame first, VideoFrame second) where T : unmanaged, INumberBase<T>
    {
        PlaneView a = first.Plane(0), b = second.Plane(0);
        var limit = (long)Moving * 2 * Cell << (first.Layout.Bits - 8);
        var cells = 0;
        // Combs that each frame's lines would make with the other field: of its own frame, or of two frames by either order.
        long own = 0, top = 0, bottom = 0;
        for (var y = 0; y + 2 < a.Height; y += Step)
        {
            T* a0 = (T*)a.Data + (long)y * a.Width, a1 = a0 + a.Width, a2 = a1 + a.Width;
            T* b0 = (T*)b.Data + (long)y * a.Width, b1 = b0 + a.Width, b2 = b1 + a.Width;
            for (var from = 0; from + Cell <= a.Width; from += Cell)
            {
                int change = 0, within = 0, topFirst = 0, bottomFirst = 0;
                for (var x = from; x < from + Cell; x++)
                {
                    int p0 = int.CreateTruncating(a0[x]), p1 = int.CreateTruncating(a1[x]), p2 = int.CreateTruncating(a2[x]);
                    int q0 = int.CreateTruncating(b0[x]), q1 = int.CreateTruncating(b1[x]), q2 = int.CreateTruncating(b2[x]);
                    change += Math.Abs(p0 - q0) + Math.Abs(p1 - q1);
                    within += Math.Abs(2 * p1 - p0 - p2);
                    topFirst += Math.Abs(2 * p1 - q0 - q2);
                    bottomFirst += Math.Abs(2 * q1 - p0 - p2);
                }
                if (change <= limit)
                    continue;
                cells++;
                own += within;
                top += topFirst;
                bottom += bottomFirst;
            }
        }
        if (cells < FewestCells)
            return null;
        if (Math.Min(top, bottom) > own * Better)
            return 0;
        return top * Better < bottom ? 1 : bottom * Better < top ? -1 : 0;
    }

    /// <param name="frame">Its number.</param>
    /// <param name="order">As <see cref="Look(VideoFrame, VideoFrame)"/> tells.</param>
    internal void Count(long frame, int order)
    {
        var place = frame % Telecine.Cycle;
        _moving[place]++;
        if (order != 0)
            (order > 0 ? _top : _bottom)[place]++;
        if (_isDone || _moving.Sum() % Enough != 0)
            return;
        var most = _top.Sum() >= _bottom.Sum() ? _top : _bottom;
        var (count, moving) = (most.Sum(), _moving.Sum());
        if (count < Many * moving || count < Agreement * (_top.Sum() + _bottom.Sum()))
            return;
        _isDone = true;
        // Film with pulldown has two whole pictures in each cycle, always at the same places.
        var whole = Enumerable.Range(0, Telecine.Cycle).Count(i => most[i] < 0.2 * _moving[i]);
        var option = mayBeFilm && whole == 2 ? "--scan telecine puts the film together that they hold (3:2 pulldown)"
            : most == _top ? "--scan tff deinterlaces them, the top field first" : "--scan bff deinterlaces them, the bottom field first";
        note(string.Create(CultureInfo.InvariantCulture, $"{count} of {moving} source frames that move look interlaced and are not marked so; {option}"));
    }
}
