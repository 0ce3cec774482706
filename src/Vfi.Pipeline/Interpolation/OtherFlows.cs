using System.Runtime.Intrinsics;
using static Vfi.Pipeline.Interpolation.Bilinear8;

namespace Vfi.Pipeline.Interpolation;

/// <summary>
/// Other flows where a model's own is in doubt: those <see cref="Distance"/> half-size view pixels to the left, right, above and below, or instead of the last two
/// the motion of the pairs before and after, each with
/// the weight of the picture that it leads to, by how well the frames agree along it (overlapped block motion compensation, Orchard
/// and Sullivan 1994). The graph <c>neighbours</c> does the same where frames are on a device; training/net.py says why.
/// </summary>
internal sealed class OtherFlows(int threads)
{
    /// <summary>How many there are.</summary>
    public const int Count = 4;

    private const int Distance = 6;

    /// <summary>Samples before the first of a row and after the last, so that neighbours can be read, and whole vectors.</summary>
    private const int Before = 8;

    private int _width;
    private int _height;
    private int _stride;
    private float[][] _grey = [];
    private float[][] _flow = [];
    private float[][] _around = [];

    /// <summary>What each flow is read from, and how far beside the place; the own flow comes first.</summary>
    private (float[][] Rows, int X, int Y)[] _candidates = [];
    private float[][] _misfit = [];

    /// <summary>Makes <see cref="MotionField.Others"/> of the field's flow.</summary>
    /// <param name="first">The first frame's view, of the field's size.</param>
    /// <param name="second">The second frame's.</param>
    /// <param name="field">With others, which are overwritten.</param>
    /// <param name="around">8 × height/2 × width/2: two flows that take the place of those above and below; null: none.</param>
    public void Estimate(ReducedView first, ReducedView second, MotionField field, float[]? around = null)
    {
        Allocate(field.Width / 2, field.Height / 2);
        ViewLevel a = ViewLevel.Of(first), b = ViewLevel.Of(second);
        RowParallel.For(_height, threads, (from, end) =>
        {
            Grey(first, a.Towards(b), _grey[0], from, end);
            Grey(second, b.Towards(a), _grey[1], from, end);
            Spread(field.Flow, _flow, from, end);
            if (around is not null)
                Spread(around, _around, from, end);
        });
        _candidates = [(_flow, 0, 0), (_flow, -Distance, 0), (_flow, Distance, 0), .. around is null
            ? (ReadOnlySpan<(float[][], int, int)>)[(_flow, 0, -Distance), (_flow, 0, Distance)] : [(_around[..4], 0, 0), (_around[4..], 0, 0)]];
        RowParallel.For(_height, threads, Misfits);
        RowParallel.For(_height, threads, (from, end) => Weigh(field.Others!, from, end));
    }

    private void Allocate(int width, int height)
    {
        if (width == _width && height == _height)
            return;
        (_width, _height) = (width, height);
        _stride = Before + (width + Lanes - 1) / Lanes * Lanes + Before;
        _grey = [.. Enumerable.Range(0, 2).Select(_ => new float[width * height])];
        _flow = [.. Enumerable.Range(0, 4).Select(_ => new float[_stride * height])];
        _around = [.. Enumerable.Range(0, 8).Select(_ => new float[_stride * height])];
        _misfit = [.. Enumerable.Range(0, 1 + Count).Select(_ => new float[_stride * height])];
    }

    /// <summary>Half-size grey of a view whose channels were levelled.</summary>
    private void Grey(ReducedView view, (float Gain, float Offset)[] levels, float[] grey, int from, int end)
    {
        var offset = (levels[0].Offset + levels[1].Offset + levels[2].Offset) / 3;
        for (var y = from; y < end; y++)
        {
            var row = grey.AsSpan(y * _width, _width);
            row.Fill(offset);
            for (var c = 0; c < 3; c++)
            {
                var gain = levels[c].Gain / 12;
                var upper = view.Rgb.Span.Slice(c * view.Width * view.Height + 2 * y * view.Width, view.Width);
                var lower = view.Rgb.Span.Slice(c * view.Width * view.Height + (2 * y + 1) * view.Width, view.Width);
                for (var x = 0; x < row.Length; x++)
                    row[x] += (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]) * gain;
            }
        }
    }

    /// <summary>The flow's rows with their ends repeated to both sides.</summary>
    private void Spread(float[] flow, float[][] rows, int from, int end)
    {
        for (var c = 0; c < rows.Length; c++)
        {
            for (var y = from; y < end; y++)
            {
                var source = flow.AsSpan((c * _height + y) * _width, _width);
                var row = rows[c].AsSpan(y * _stride, _stride);
                row[..Before].Fill(source[0]);
                source.CopyTo(row[Before..]);
                row[(Before + _width)..].Fill(source[^1]);
            }
        }
    }

    /// <summary>Where the flow of each candidate is in its spread rows.</summary>
    private int Place(int k, int y) => Before + Math.Clamp(y + _candidates[k].Y, 0, _height - 1) * _stride + _candidates[k].X;

    /// <summary>How far both frames differ along each flow.</summary>
    private void Misfits(int from, int end)
    {
        for (var y = from; y < end; y++)
        {
            for (var k = 0; k <= Count; k++)
            {
                var (flow, at) = (_candidates[k].Rows, Place(k, y));
                var row = _misfit[k].AsSpan(y * _stride, _stride);
                for (var x = 0; x < _width; x += Lanes)
                {
                    var a = new Bilinear8(_width, _height, x, y, Load(flow[0], at + x), Load(flow[1], at + x)).Of(_grey[0]);
                    var b = new Bilinear8(_width, _height, x, y, Load(flow[2], at + x), Load(flow[3], at + x)).Of(_grey[1]);
                    Vector256.Abs(a - b).CopyTo(row[(Before + x)..]);
                }
                // What is beyond the picture does not count in means.
                row[Before - 1] = row[Before + _width] = 0;
            }
        }
    }

    private void Weigh(float[] others, int from, int end)
    {
        var size = _width * _height;
        var means = new float[(1 + Count) * _stride];
        Span<Vector256<float>> weights = stackalloc Vector256<float>[Count];
        for (var y = from; y < end; y++)
        {
            for (var k = 0; k <= Count; k++)
                Means(_misfit[k], y, means.AsSpan(k * _stride, _stride));
            var at = Place(0, y);
            for (var x = 0; x < _width; x += Lanes)
            {
                var own = Load(means, Before + x);
                var doubt = Unit(own * 100f - Vector256<float>.One);
                var total = Vector256.Create(2f);
                var motionX = Load(_flow[2], at + x) - Load(_flow[0], at + x);
                var motionY = Load(_flow[3], at + x) - Load(_flow[1], at + x);
                for (var k = 0; k < Count; k++)
                {
                    var (flow, place) = (_candidates[k + 1].Rows, Place(k + 1, y) + x);
                    var further = Vector256.Max(
                        Vector256.Abs(Load(flow[2], place) - Load(flow[0], place) - motionX),
                        Vector256.Abs(Load(flow[3], place) - Load(flow[1], place) - motionY));
                    var better = (own - Load(means, (k + 1) * _stride + Before + x)) * 20f;
                    better = Vector256.Min(Vector256.Max(better, Vector256.Create(-20f)), Vector256.Create(5f));
                    weights[k] = Vector256.Exp(better) * doubt * Unit(further * 4f - Vector256<float>.One);
                    total += weights[k];
                }
                var count = Math.Min(Lanes, _width - x);
                for (var k = 0; k < Count; k++)
                {
                    var place = Place(k + 1, y) + x;
                    var target = others.AsSpan(5 * k * size + y * _width + x);
                    for (var c = 0; c < 4; c++)
                        Store(Load(_candidates[k + 1].Rows[c], place), target[(c * size)..], count);
                    Store(weights[k] / total, target[(4 * size)..], count);
                }
            }
        }
    }

    /// <summary>A row of means of 3x3, inside of the picture.</summary>
    private void Means(float[] values, int y, Span<float> row)
    {
        int top = Math.Max(y - 1, 0), bottom = Math.Min(y + 1, _height - 1), rows = bottom - top + 1;
        for (var x = 0; x < _width; x += Lanes)
        {
            var sum = Vector256<float>.Zero;
            for (var r = top; r <= bottom; r++)
            {
                var at = r * _stride + Before + x;
                sum += Load(values, at - 1) + Load(values, at) + Load(values, at + 1);
            }
            (sum / (3f * rows)).CopyTo(row[(Before + x)..]);
        }
        // Fewer columns at the ends.
        row[Before] *= _width > 1 ? 1.5f : 3;
        if (_width > 1)
            row[Before + _width - 1] *= 1.5f;
    }

    private static Vector256<float> Unit(Vector256<float> x) => Vector256.Min(Vector256.Max(x, Vector256<float>.Zero), Vector256<float>.One);
}
