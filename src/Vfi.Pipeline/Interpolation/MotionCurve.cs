using System.Runtime.Intrinsics;
using static Vfi.Pipeline.Interpolation.Bilinear8;

namespace Vfi.Pipeline.Interpolation;

/// <summary>When motion is seen: the own field at <paramref name="Position"/> between its frames.</summary>
/// <param name="Position">0 to 1.</param>
/// <param name="PositionBefore">Where between their frames the field before is seen, 0 to 1.</param>
/// <param name="PositionAfter">Where between their frames the field after is seen, 0 to 1.</param>
/// <param name="LengthBefore">How far the frames before are apart; 1: as far as the own.</param>
/// <param name="LengthAfter">How far the frames after are apart.</param>
internal readonly record struct CurveTimes(float Position, float PositionBefore, float PositionAfter, float LengthBefore, float LengthAfter)
{
    /// <summary>From where the own field is seen to where that before is, in the direction of time.</summary>
    public float Back => -(Position + (1 - PositionBefore) * LengthBefore);

    /// <summary>From where the own field is seen to where that after is.</summary>
    public float Ahead => 1 - Position + PositionAfter * LengthAfter;

    public float[] ToArray() => [Position, PositionBefore, PositionAfter, LengthBefore, LengthAfter];
}

/// <summary>
/// Bends motion: flow and mask between two frames as they are where what moves speeds up, slows down or turns, by the motion before and after
/// (quadratic video interpolation, Xu et al. 2019). The graph <c>bend</c> does the same where frames are on a device; training/net.py
/// has the rule.
/// </summary>
/// <param name="threads">Threads for rows.</param>
internal sealed class MotionCurve(int threads)
{
    /// <summary>Accelerations are means over so many pixels to each side.</summary>
    private const int Reach = 2;

    /// <summary>How much a difference between both sides speaks against a curve.</summary>
    private const float Doubt = 0.3f;

    /// <summary>Square of an acceleration that counts half, as noise is as large: half-size view pixels per square of the frames' distance.</summary>
    private const float Noise = 0.05f;

    /// <summary>The most that motion is bent, in half-size view pixels along each axis.</summary>
    private const float Most = 4;

    /// <summary>Samples before the first of a row and after the last.</summary>
    private const int Margin = Lanes;

    private int _width;
    private int _height;
    private int _stride;

    /// <summary>Motion of the field before, then of that after, for as long as the own lasts: x, y each.</summary>
    private float[][] _motion = [];

    /// <summary>Mean acceleration x, y, then half the difference of both sides x, y; rows with margins of zeros.</summary>
    private float[][] _acceleration = [];

    /// <summary>One by the number of columns that a mean is over.</summary>
    private float[] _columns = [];

    /// <param name="own">The motion to bend.</param>
    /// <param name="before">Between the frame before and the own first.</param>
    /// <param name="after">Between the own second frame and the one after.</param>
    /// <param name="times">When they are seen.</param>
    /// <param name="bent">Gets flow and mask; none of the others.</param>
    /// <param name="around">Gets two other flows, 8 × height/2 × width/2: of what goes on as it moved before, and of what moves already as it does
    /// after; null: they are not wanted.</param>
    public void Bend(MotionField own, MotionField before, MotionField after, CurveTimes times, MotionField bent, float[]? around = null)
    {
        Allocate(own.Width / 2, own.Height / 2);
        RowParallel.For(_height, threads, (from, end) =>
        {
            Motion(before.Flow, 0, times.LengthBefore, from, end);
            Motion(after.Flow, 2, times.LengthAfter, from, end);
        });
        RowParallel.For(_height, threads, (from, end) => Accelerations(own.Flow, times, from, end));
        RowParallel.For(_height, threads, (from, end) =>
        {
            Move(own, times, bent, from, end);
            if (around is not null)
                GoOn(bent.Flow, times, around, from, end);
        });
    }

    private void Allocate(int width, int height)
    {
        if (width == _width && height == _height)
            return;
        (_width, _height) = (width, height);
        _stride = Margin + (width + Lanes - 1) / Lanes * Lanes + Margin;
        _motion = [.. Enumerable.Range(0, 4).Select(_ => new float[width * height])];
        _acceleration = [.. Enumerable.Range(0, 4).Select(_ => new float[_stride * height])];
        _columns = new float[_stride];
        for (var x = 0; x < width; x++)
            _columns[Margin + x] = 1f / (Math.Min(x + Reach, width - 1) - Math.Max(x - Reach, 0) + 1);
    }

    private void Motion(float[] flow, int at, float length, int from, int end)
    {
        var size = _width * _height;
        for (var c = 0; c < 2; c++)
        {
            for (var i = from * _width; i < end * _width; i++)
                _motion[at + c][i] = (flow[(2 + c) * size + i] - flow[c * size + i]) / length;
        }
    }

    private void Accelerations(float[] flow, CurveTimes times, int from, int end)
    {
        var size = _width * _height;
        var row = new float[2 * _stride];
        float per0 = 2 / (1 + times.LengthBefore), per1 = 2 / (1 + times.LengthAfter);
        for (var y = from; y < end; y++)
        {
            for (var c = 0; c < 2; c++)
            {
                for (var x = 0; x < _width; x++)
                    row[c * _stride + x] = flow[(2 + c) * size + y * _width + x] - flow[c * size + y * _width + x];
            }
            for (var x = 0; x < _width; x += Lanes)
            {
                Vector256<float> u = Load(row, x), v = Load(row, _stride + x);
                var past = new Bilinear8(_width, _height, x, y, u * times.Back, v * times.Back);
                var future = new Bilinear8(_width, _height, x, y, u * times.Ahead, v * times.Ahead);
                for (var c = 0; c < 2; c++)
                {
                    var own = c == 0 ? u : v;
                    var first = (own - past.Of(_motion[c])) * per0;
                    var second = (future.Of(_motion[2 + c]) - own) * per1;
                    var at = y * _stride + Margin + x;
                    var count = _width - x;
                    Store((first + second) * 0.5f, _acceleration[c].AsSpan(at), count);
                    Store((first - second) * 0.5f, _acceleration[2 + c].AsSpan(at), count);
                }
            }
        }
    }

    private void Move(MotionField own, CurveTimes times, MotionField bent, int from, int end)
    {
        var size = _width * _height;
        var part = times.Position * (1 - times.Position) / 2;
        float[] rows = new float[4 * _stride], off = new float[2 * _stride], twice = new float[4 * _stride];
        for (var y = from; y < end; y++)
        {
            int top = Math.Max(y - Reach, 0), bottom = Math.Min(y + Reach, _height - 1);
            for (var k = 0; k < 4; k++)
            {
                for (var x = Margin; x < _stride - Margin; x += Lanes)
                {
                    var sum = Vector256<float>.Zero;
                    for (var r = top; r <= bottom; r++)
                        sum += Load(_acceleration[k], r * _stride + x);
                    Store(sum / (bottom - top + 1f), rows.AsSpan(k * _stride + x), Lanes);
                }
            }
            for (var x = 0; x < _width; x += Lanes)
            {
                Vector256<float> a = Mean(rows, 0, x), b = Mean(rows, 1, x), c = Mean(rows, 2, x), d = Mean(rows, 3, x);
                Vector256<float> known = a * a + b * b, doubt = c * c + d * d;
                var counts = known / (known + doubt * Doubt + Vector256.Create(Noise)) * part;
                Vector256<float> u = Clamp(a * counts), v = Clamp(b * counts);
                Store(u, off.AsSpan(x), Lanes);
                Store(v, off.AsSpan(_stride + x), Lanes);
                var place = new Bilinear8(_width, _height, x, y, u, v);
                for (var k = 0; k < 4; k++)
                    Store(place.Of(own.Flow.AsSpan(k * size, size)) + (k % 2 == 0 ? u : v), bent.Flow.AsSpan(k * size + y * _width + x), _width - x);
            }
            // The mask has two pixels for each of the flow's, along both axes.
            for (var x = 0; x < own.Width; x++)
                (twice[x], twice[2 * _stride + x]) = (2 * off[x / 2], 2 * off[_stride + x / 2]);
            for (var z = 2 * y; z < 2 * y + 2; z++)
            {
                for (var x = 0; x < own.Width; x += Lanes)
                    Store(new Bilinear8(own.Width, own.Height, x, z, Load(twice, x), Load(twice, 2 * _stride + x)).Of(own.Mask), bent.Mask.AsSpan(z * own.Width + x), own.Width - x);
            }
        }
    }

    private void GoOn(float[] bent, CurveTimes times, float[] around, int from, int end)
    {
        var size = _width * _height;
        // Whole vectors read what lies behind the last row, too.
        var row = new float[8 * _stride];
        float t = times.Position;
        for (var y = from; y < end; y++)
        {
            for (var k = 0; k < 4; k++)
            {
                bent.AsSpan(k * size + y * _width, _width).CopyTo(row.AsSpan(k * _stride));
                _motion[k].AsSpan(y * _width, _width).CopyTo(row.AsSpan((4 + k) * _stride));
            }
            for (var x = 0; x < _width; x += Lanes)
            {
                for (var side = 0; side < 2; side++)
                {
                    var time = side == 0 ? times.Back : times.Ahead;
                    Vector256<float> u = Load(row, (4 + 2 * side) * _stride + x) * time, v = Load(row, (5 + 2 * side) * _stride + x) * time;
                    var place = new Bilinear8(_width, _height, x, y, u, v);
                    for (var c = 0; c < 2; c++)
                    {
                        var first = Load(row, c * _stride + x);
                        var middle = first + (Load(row, (2 + c) * _stride + x) - first) * t;
                        var motion = place.Of(_motion[2 * side + c]);
                        var at = (4 * side + c) * size + y * _width + x;
                        Store(middle - motion * t, around.AsSpan(at), _width - x);
                        Store(middle + motion * (1 - t), around.AsSpan(at + 2 * size), _width - x);
                    }
                }
            }
        }
    }

    /// <summary>Means over the columns around eight places.</summary>
    private Vector256<float> Mean(ReadOnlySpan<float> rows, int k, int x)
    {
        var at = k * _stride + Margin + x;
        var sum = Load(rows, at - 2) + Load(rows, at - 1) + Load(rows, at) + Load(rows, at + 1) + Load(rows, at + 2);
        return sum * Load(_columns, Margin + x);
    }

    private static Vector256<float> Clamp(Vector256<float> x) => Vector256.Min(Vector256.Max(x, Vector256.Create(-Most)), Vector256.Create(Most));
}
