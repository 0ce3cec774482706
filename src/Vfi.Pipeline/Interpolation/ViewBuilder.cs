using Vfi.Pipeline.Frames;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Makes the reduced RGB view of a frame: box average, then the colour matrix.</summary>
internal sealed unsafe class ViewBuilder
{
    private readonly PixelLayout _layout;
    private readonly int _threads;
    private readonly float _lumaScale;
    private readonly float _lumaOffset;
    private readonly float _chromaScale;
    private readonly float _chromaOffset;
    private readonly float _redFromV;
    private readonly float _greenFromU;
    private readonly float _greenFromV;
    private readonly float _blueFromU;
    private readonly float _redWeight;
    private readonly float _blueWeight;

    public ViewBuilder(FrameFormat format, int threads)
    {
        var (layout, colour) = (format.Layout, format.Colour);
        _layout = layout;
        _threads = threads;
        var (red, blue) = colour.LumaWeights(format.Whole.Height);
        var green = 1 - red - blue;
        var limited = !colour.IsFullRange && !layout.IsFullRangeByName && !layout.IsRgb;
        double unit = 1 << (layout.Bits - 8);
        _lumaOffset = limited ? (float)(16 * unit) : 0;
        _lumaScale = (float)(1 / (limited ? 219 * unit : layout.MaxValue));
        _chromaOffset = (float)(128 * unit);
        _chromaScale = (float)(1 / (limited ? 224 * unit : layout.MaxValue));
        _redFromV = (float)(2 * (1 - red));
        _blueFromU = (float)(2 * (1 - blue));
        _greenFromU = (float)(-2 * (1 - blue) * blue / green);
        _greenFromV = (float)(-2 * (1 - red) * red / green);
        _redWeight = (float)red;
        _blueWeight = (float)blue;
    }

    /// <summary>The way from samples to RGB as one affine map.</summary>
    /// <returns>3 × planes, red first, and an offset for each of the three; without the limits to 0 and 1.</returns>
    public (float[] Matrix, float[] Offset) Affine()
    {
        var luma = -_lumaOffset * _lumaScale;
        if (_layout.PlaneCount == 1)
            return ([_lumaScale, _lumaScale, _lumaScale], [luma, luma, luma]);
        if (_layout.IsRgb)
            return ([0, 0, _lumaScale, _lumaScale, 0, 0, 0, _lumaScale, 0], [0, 0, 0]);
        float red = _redFromV * _chromaScale, greenU = _greenFromU * _chromaScale, greenV = _greenFromV * _chromaScale, blue = _blueFromU * _chromaScale;
        return ([_lumaScale, 0, red, _lumaScale, greenU, greenV, _lumaScale, blue, 0],
            [luma - red * _chromaOffset, luma - (greenU + greenV) * _chromaOffset, luma - blue * _chromaOffset]);
    }

    /// <summary>Fills <paramref name="view"/>, which was made for frames of this size.</summary>
    public void Build(VideoFrame frame, ReducedView view)
    {
        RowParallel.For(view.ContentHeight, _threads, (from, end) =>
        {
            var averages = new float[3 * view.ContentWidth];
            for (var y = from; y < end; y++)
            {
                Average(frame, view, y, averages);
                Convert(view, y, averages);
            }
        });
        for (var c = 0; c < 3 && view.Rgb.Length > 0; c++)
        {
            var plane = view.Rgb.Span.Slice(c * view.Width * view.Height, view.Width * view.Height);
            var last = plane.Slice((view.ContentHeight - 1) * view.Width, view.Width);
            for (var y = view.ContentHeight; y < view.Height; y++)
                last.CopyTo(plane[(y * view.Width)..]);
        }
    }

    private void Average(VideoFrame frame, ReducedView view, int y, float[] averages)
    {
        for (var p = 0; p < (NeedsAll(view) ? _layout.PlaneCount : 1); p++)
        {
            var plane = frame.Plane(p);
            var chroma = _layout.IsChroma(p);
            int shiftX = chroma ? _layout.ShiftX : 0, shiftY = chroma ? _layout.ShiftY : 0;
            var span = averages.AsSpan(p * view.ContentWidth, view.ContentWidth);
            if (_layout.BytesPerSample == 1)
                AverageRow(plane.Data, plane, y * view.Divisor >> shiftY, Math.Max(1, view.Divisor >> shiftX), Math.Max(1, view.Divisor >> shiftY), view.Divisor, shiftX, span);
            else
                AverageRow((ushort*)plane.Data, plane, y * view.Divisor >> shiftY, Math.Max(1, view.Divisor >> shiftX), Math.Max(1, view.Divisor >> shiftY), view.Divisor, shiftX, span);
        }
    }

    /// <summary>Means of blocks of <paramref name="w"/> × <paramref name="h"/> samples, edges repeated.</summary>
    private static void AverageRow<T>(T* data, PlaneView plane, int top, int w, int h, int divisor, int shiftX, Span<float> means)
        where T : unmanaged
    {
        var k = 1f / (w * h);
        for (var x = 0; x < means.Length; x++)
        {
            var left = x * divisor >> shiftX;
            var sum = 0;
            if (left + w <= plane.Width && top + h <= plane.Height)
            {
                for (var j = 0; j < h; j++)
                {
                    var row = data + (long)(top + j) * plane.Width + left;
                    for (var i = 0; i < w; i++)
                        sum += typeof(T) == typeof(byte) ? ((byte*)row)[i] : ((ushort*)row)[i];
                }
            }
            else
            {
                for (var j = 0; j < h; j++)
                {
                    var row = data + (long)Math.Min(top + j, plane.Height - 1) * plane.Width;
                    for (var i = 0; i < w; i++)
                    {
                        var at = Math.Min(left + i, plane.Width - 1);
                        sum += typeof(T) == typeof(byte) ? ((byte*)row)[at] : ((ushort*)row)[at];
                    }
                }
            }
            means[x] = sum * k;
        }
    }

    /// <summary>The first plane is luma, or luma is made of all.</summary>
    private bool NeedsAll(ReducedView view) => view.Rgb.Length > 0 || _layout.IsRgb;

    private void Convert(ReducedView view, int y, float[] averages)
    {
        var n = view.ContentWidth;
        ConvertLuma(view.Luma.AsSpan(y * n, n), averages);
        if (view.Rgb.Length == 0)
            return;
        var plane = view.Width * view.Height;
        var red = view.Rgb.Span.Slice(y * view.Width, view.Width);
        var green = view.Rgb.Span.Slice(plane + y * view.Width, view.Width);
        var blue = view.Rgb.Span.Slice(2 * plane + y * view.Width, view.Width);
        for (var x = 0; x < n; x++)
        {
            var a = (averages[x] - _lumaOffset) * _lumaScale;
            if (_layout.PlaneCount == 1)
            {
                red[x] = green[x] = blue[x] = Math.Clamp(a, 0, 1);
                continue;
            }
            if (_layout.IsRgb)
            {
                green[x] = a;
                blue[x] = averages[n + x] * _lumaScale;
                red[x] = averages[2 * n + x] * _lumaScale;
                continue;
            }
            var u = (averages[n + x] - _chromaOffset) * _chromaScale;
            var v = (averages[2 * n + x] - _chromaOffset) * _chromaScale;
            red[x] = Math.Clamp(a + _redFromV * v, 0, 1);
            green[x] = Math.Clamp(a + _greenFromU * u + _greenFromV * v, 0, 1);
            blue[x] = Math.Clamp(a + _blueFromU * u, 0, 1);
        }
        red[n..].Fill(red[n - 1]);
        green[n..].Fill(green[n - 1]);
        blue[n..].Fill(blue[n - 1]);
    }

    private void ConvertLuma(Span<float> luma, float[] averages)
    {
        var n = luma.Length;
        for (var x = 0; x < n; x++)
        {
            var a = (averages[x] - _lumaOffset) * _lumaScale;
            luma[x] = !_layout.IsRgb ? Math.Clamp(a, 0, 1)
                : averages[2 * n + x] * _lumaScale * _redWeight + averages[n + x] * _lumaScale * _blueWeight + a * (1 - _redWeight - _blueWeight);
        }
    }

    /// <summary>Writes a full-size RGB picture (3 × height × width, 0 to 1) into a frame's planes: the way back.</summary>
    /// <param name="rgb">Red first; rows of <paramref name="stride"/> floats, planes of stride × <paramref name="rows"/>.</param>
    /// <param name="stride">Floats a row.</param>
    /// <param name="rows">Rows a plane.</param>
    /// <param name="target">Filled.</param>
    public void Write(float[] rgb, int stride, int rows, VideoFrame target)
    {
        for (var p = 0; p < _layout.PlaneCount; p++)
        {
            var plane = target.Plane(p);
            var component = p;
            int shiftX = _layout.IsChroma(p) ? _layout.ShiftX : 0, shiftY = _layout.IsChroma(p) ? _layout.ShiftY : 0;
            RowParallel.For(plane.Height, _threads, (from, end) =>
            {
                for (var y = from; y < end; y++)
                {
                    for (var x = 0; x < plane.Width; x++)
                    {
                        float sum = 0;
                        for (var j = 0; j < 1 << shiftY; j++)
                        {
                            for (var i = 0; i < 1 << shiftX; i++)
                            {
                                int px = Math.Min((x << shiftX) + i, target.Width - 1), py = Math.Min((y << shiftY) + j, target.Height - 1);
                                sum += Component(rgb, py * stride + px, stride * rows, component);
                            }
                        }
                        var v = (int)Math.Clamp(sum / (1 << (shiftX + shiftY)) + 0.5f, 0, _layout.MaxValue);
                        if (_layout.BytesPerSample == 1)
                            plane.Data[(long)y * plane.Width + x] = (byte)v;
                        else
                            ((ushort*)plane.Data)[(long)y * plane.Width + x] = (ushort)v;
                    }
                }
            });
        }
    }

    private float Component(float[] rgb, int at, int plane, int component)
    {
        float r = Math.Clamp(rgb[at], 0, 1), g = Math.Clamp(rgb[plane + at], 0, 1), b = Math.Clamp(rgb[2 * plane + at], 0, 1);
        if (_layout.IsRgb)
            return (component == 0 ? g : component == 1 ? b : r) / _lumaScale;
        var luma = r * _redWeight + b * _blueWeight + g * (1 - _redWeight - _blueWeight);
        return component switch
        {
            0 => luma / _lumaScale + _lumaOffset,
            1 => (b - luma) / _blueFromU / _chromaScale + _chromaOffset,
            _ => (r - luma) / _redFromV / _chromaScale + _chromaOffset,
        };
    }
}
