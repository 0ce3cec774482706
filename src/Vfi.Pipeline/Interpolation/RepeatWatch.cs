using System.Globalization;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Watches how much changes from frame to frame and says once, as soon as it is clear, that a video shows its pictures several times: it
/// stays jerky at any rate unless repeats are bridged.
/// </summary>
/// <param name="note">Told for people; at most once.</param>
internal sealed class RepeatWatch(Action<string> note) : ISourceWatch
{
    /// <summary>Changes before and after one that tell whether it is a repeat: pictures shown two or three times.</summary>
    private const int Reach = 2;

    /// <summary>Frames after which it is looked whether repeats are many.</summary>
    private const int Enough = 48;

    /// <summary>Of films shown at 30 a second every fifth frame is a repeat.</summary>
    private const double Many = 0.15;

    /// <summary>Above this share, pictures are shown three times now and then (films at 60 a second: 0.6) or always.</summary>
    private const double MoreThanTwice = 0.55;

    private readonly List<double> _changes = [];
    private int _frames;
    private int _repeats;
    private bool _isDone;

    /// <summary>Looks at two neighbouring frames; nothing where they have no views.</summary>
    public void Add(SourceFrame first, SourceFrame second)
    {
        if (!_isDone && first.View is { } view)
            Add(PairClassifier.Change(view, second.View!));
    }

    /// <param name="change">From one frame to the next, 0 to 1.</param>
    internal void Add(double change)
    {
        _changes.Add(change);
        if (_changes.Count <= 2 * Reach)
            return;
        _frames++;
        if (RepeatFinder.StandsOut(_changes, Reach, Reach))
            _repeats++;
        _changes.RemoveAt(0);
        if (_isDone || _frames % Enough != 0 || _repeats < Many * _frames)
            return;
        _isDone = true;
        note(string.Create(CultureInfo.InvariantCulture,
            $"{_repeats} of {_frames} source frames show the picture before once more, so motion will halt there; --repeats {(_repeats > MoreThanTwice * _frames ? 3 : 2)} lets it go on"));
    }
}
