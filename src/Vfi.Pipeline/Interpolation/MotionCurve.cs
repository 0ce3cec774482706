using System.Runtime.Intrinsics;
using static Vfi.Pipeline.Interpolation.Bilinear8;

namespace Vfi.Pipeline.Interpolation;

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

    /// <summary>Motion of the field before, of that after and of the own, for as long as the own lasts: x, y each. Whole vectors can be read.</summary>
    private float[][] _motion = [];

    /// <summary>Bent flow is this less and plus the shares of the motion that are done and to be done: x, y. Whole vectors can be read.</summary>
    private float[][] _middle = [];

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
            Motion(own.Flow, 4, 1, from, end);
        });
        RowParallel.For(_height, threads, (from, end) => Accelerations(times, from, end));
        RowParallel.For(_height, threads, (from, end) =>
        {
            Move(own, times, bent, from, end);
            if (around is not null)
                GoOn(times, around, from, end);
        });
    }

    private void Allocate(int width, int height)
    {
        if (width == _width && height == _height)
            return;
        (_width, _height) = (width, height);
        _stride = Margin + (width + Lanes - 1) / Lanes * Lanes + Margin;
        _motion = [.. Enumerable.Range(0, 6).Select(_ => new float[width * height + Lanes])];
        _middle = [.. Enumerable.Range(0, 2).Select(_ => new float[width * height + Lanes])];
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

    private void Accelerations(CurveTimes times, int from, int end)
    {
        float per0 = 2 / (1 + times.LengthBefore), per1 = 2 / (1 + times.LengthAfter);
        for (var y = from; y < end; y++)
        {
            for (var x = 0; x < _width; x += Lanes)
            {
                Vector256<float> u = Load(_motion[4], y * _width + x), v = Load(_motion[5], y * _width + x);
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
        float[] rows = new float[4 * _stride], offX = new float[_stride], offY = new float[_stride], twiceX = new float[2 * _stride], twiceY = new float[2 * _stride];
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
                Vector256<float> meanX = Mean(rows, 0, x), meanY = Mean(rows, 1, x), differenceX = Mean(rows, 2, x), differenceY = Mean(rows, 3, x);
                Vector256<float> known = meanX * meanX + meanY * meanY, doubt = differenceX * differenceX + differenceY * differenceY;
                var counts = known / (known + doubt * Doubt + Vector256.Create(Noise)) * part;
                Vector256<float> u = Clamp(meanX * counts), v = Clamp(meanY * counts);
                Store(u, offX.AsSpan(x), Lanes);
                Store(v, offY.AsSpan(x), Lanes);
                var place = new Bilinear8(_width, _height, x, y, u, v);
                for (var c = 0; c < 2; c++)
                {
                    var off = c == 0 ? u : v;
                    var first = place.Of(own.Flow.AsSpan(c * size, size)) + off;
                    var second = place.Of(own.Flow.AsSpan((2 + c) * size, size)) + off;
                    int at = y * _width + x, count = _width - x;
                    Store(first, bent.Flow.AsSpan(c * size + at), count);
                    Store(second, bent.Flow.AsSpan((2 + c) * size + at), count);
                    Store(first + (second - first) * times.Position, _middle[c].AsSpan(at), count);
                }
            }
            // The mask has two pixels for each of the flow's, along both axes.
            for (var x = 0; x < own.Width; x++)
                (twiceX[x], twiceY[x]) = (2 * offX[x / 2], 2 * offY[x / 2]);
            for (var z = 2 * y; z < 2 * y + 2; z++)
            {
                for (var x = 0; x < own.Width; x += Lanes)
                    Store(new Bilinear8(own.Width, own.Height, x, z, Load(twiceX, x), Load(twiceY, x)).Of(own.Mask), bent.Mask.AsSpan(z * own.Width + x), own.Width - x);
            }
        }
    }

    private void GoOn(CurveTimes times, float[] around, int from, int end)
    {
        int size = _width * _height;
        float t = times.Position;
        for (var side = 0; side < 2; side++)
        {
            var time = side == 0 ? times.Back : times.Ahead;
            float[] motionX = _motion[2 * side], motionY = _motion[2 * side + 1];
            for (var y = from; y < end; y++)
            {
                for (var x = 0; x < _width; x += Lanes)
                {
                    int at = y * _width + x, count = _width - x;
                    var place = new Bilinear8(_width, _height, x, y, Load(motionX, at) * time, Load(motionY, at) * time);
                    for (var c = 0; c < 2; c++)
                    {
                        Vector256<float> middle = Load(_middle[c], at), motion = place.Of(_motion[2 * side + c]);
                        Store(middle - motion * t, around.AsSpan((4 * side + c) * size + at), count);
                        Store(middle + motion * (1 - t), around.AsSpan((4 * side + 2 + c) * size + at), count);
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
