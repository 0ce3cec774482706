using Vfi.Pipeline.Interpolation.Overlays;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Two source frames and what is found out about them once: what lies between them, and their motion, which also bends that of the
/// pairs before and after. Counted by reference; it holds its frames.
/// </summary>
public sealed class SourcePair
{
    private readonly Lock _estimating = new();
    private IDisposable? _motion;
    private SourcePair? _whole;
    private SourcePair? _bare;
    private int _references = 1;

    /// <param name="first">Shown from its time on.</param>
    /// <param name="second">Shown next; null: the first is the last of all.</param>
    internal SourcePair(SourceFrame first, SourceFrame? second)
    {
        (First, Second) = (first.Retain(), second?.Retain());
        (FirstTime, SecondTime, LastTime) = (first.Frame.Time, (second ?? first).Frame.Time, first.Frame.Time);
    }

    public SourceFrame First { get; }

    public SourceFrame? Second { get; }

    /// <summary>When what the first shows was so, in seconds: its frame's time, or up to half a frame beside it by <see cref="Cadence"/>.</summary>
    internal Rational FirstTime { get; init; }

    /// <summary>When what the second shows was so; without a second, the first's.</summary>
    internal Rational SecondTime { get; init; }

    /// <summary>When the first was shown for the last time; later than its own time where it was repeated.</summary>
    internal Rational LastTime { get; init; }

    /// <summary>Null until someone asks.</summary>
    internal PairKind? Kind { get; set; }

    /// <summary>Whether what is around the picture stands still; null until someone asks.</summary>
    internal bool? BordersStand { get; set; }

    /// <summary>What stands in both frames; null: nothing, or it is not known yet.</summary>
    internal Overlay? Overlay { get; set; }

    /// <summary>Whether it was counted as a cut.</summary>
    internal bool IsCounted { get; set; }

    /// <summary>Where between the frames, 0 to 1, the motion is seen that <see cref="Motion"/> keeps: best where a frame is made anyway.</summary>
    internal float MotionPosition { get; set; } = 0.5f;

    /// <summary>The pair's motion at <see cref="MotionPosition"/>, estimated by the first who asks; others wait for it.</summary>
    /// <typeparam name="T">What the interpolators of one set agree on.</typeparam>
    /// <param name="estimate">Of both frames and the position; its result is disposed of with the pair.</param>
    internal T Motion<T>(Func<SourceFrame, SourceFrame, float, T> estimate) where T : class, IDisposable
    {
        lock (_estimating)
        {
            var motion = _motion ?? estimate(First, Second!, MotionPosition);
            _motion = motion;
            return (T)motion;
        }
    }

    /// <summary>The same two frames with their borders, for interpolators of whole frames; made once. Called by one thread.</summary>
    internal SourcePair Whole(InterpolatorSet interpolators) => _whole ??= With(First.Whole(interpolators), Second!.Whole(interpolators));

    /// <summary>The same two frames without what stands over them, made once; itself where nothing does. Called by one thread.</summary>
    internal SourcePair Bare(VideoInterpolators interpolators)
    {
        if (Overlay is not { IsOver: true })
            return this;
        if (_bare is null)
        {
            SourceFrame first = interpolators.ShowBare(First, Overlay), second = interpolators.ShowBare(Second!, Overlay);
            _bare = With(first, second);
            first.Release();
            second.Release();
        }
        return _bare;
    }

    internal SourcePair Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        _motion?.Dispose();
        _whole?.Release();
        _bare?.Release();
        First.Release();
        Second?.Release();
    }

    private SourcePair With(SourceFrame first, SourceFrame second) => new(first, second)
    {
        FirstTime = FirstTime,
        SecondTime = SecondTime,
        LastTime = LastTime,
        Kind = Kind,
        MotionPosition = MotionPosition,
    };
}
