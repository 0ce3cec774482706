using System.Buffers.Binary;

namespace Vfi.Pipeline.Media;

/// <summary>
/// Reads raw video frames with their exact timestamps from a NUT stream (the container's specification: "NUT Open
/// Container Format", FFmpeg project). One video stream, as ffmpeg's <c>-f nut -c:v rawvideo</c> writes it.
/// </summary>
internal sealed class NutReader(Stream stream)
{
    private const ulong MainStartcode = 0x4E4D7A561F5F04AD;
    private const ulong StreamStartcode = 0x4E5311405BF2F9DB;
    private const ulong SyncpointStartcode = 0x4E4BE4ADEECA4569;
    private const int MaximumHeader = 1 << 20;
    private static readonly byte[] Identifier = [.. "nut/multimedia container\0"u8];
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly FrameCode[] _codes = new FrameCode[256];
    private readonly List<byte[]> _elided = [[]];
    private readonly List<(long Numerator, long Denominator)> _timeBases = [];
    private bool _identified;
    private int _position;
    private int _length;
    private int _timeBase;
    private int _ptsShift;
    private long _lastPts;
    private byte[] _header = [];

    /// <summary>Seconds per tick of the timestamps, as a fraction; known after the first frame header.</summary>
    public (long Numerator, long Denominator) TimeBase => _timeBases[_timeBase];

    /// <summary>Of the frames, in pixels; known after the first frame header.</summary>
    public int Width { get; private set; }

    /// <summary>As <see cref="Width"/>.</summary>
    public int Height { get; private set; }

    /// <summary>Reads up to the next frame's data.</summary>
    /// <returns>The timestamp and the bytes of data, which <see cref="ReadDataAsync"/> reads next; null at the end.</returns>
    /// <exception cref="InvalidDataException">Not what ffmpeg writes.</exception>
    public async ValueTask<(long Pts, int Size)?> NextFrameAsync(CancellationToken cancellationToken)
    {
        if (!_identified)
            await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (!await EnsureAsync(1, cancellationToken).ConfigureAwait(false))
                return null;
            if (_buffer[_position] != (byte)'N')
            {
                // A frame header is at most a few dozen bytes; the end of the stream may cut the look-ahead short.
                await EnsureAsync(128, cancellationToken).ConfigureAwait(false);
                return Frame();
            }
            await PacketAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the data of the frame that <see cref="NextFrameAsync"/> announced.</summary>
    /// <exception cref="EndOfStreamException">The stream ends within the frame.</exception>
    public async ValueTask ReadDataAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        _header.CopyTo(target);
        target = target[_header.Length..];
        var buffered = Math.Min(target.Length, _length - _position);
        _buffer.AsMemory(_position, buffered).CopyTo(target);
        _position += buffered;
        if (buffered < target.Length)
            await stream.ReadExactlyAsync(target[buffered..], cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask IdentifyAsync(CancellationToken cancellationToken)
    {
        _identified = true;
        if (!await EnsureAsync(Identifier.Length, cancellationToken).ConfigureAwait(false))
            return;
        if (!_buffer.AsSpan(0, _length).StartsWith(Identifier))
            throw new InvalidDataException("ffmpeg's output is not NUT");
        _position = Identifier.Length;
    }

    private (long Pts, int Size)? Frame()
    {
        var code = _codes[_buffer[_position++]];
        var flags = code.Flags;
        if ((flags & FrameFlags.Invalid) != 0)
            throw new InvalidDataException("invalid frame code in ffmpeg's output");
        if ((flags & FrameFlags.Coded) != 0)
            flags ^= (FrameFlags)Variable();
        if ((flags & FrameFlags.StreamId) != 0)
            Variable();
        var pts = _lastPts + code.PtsDelta;
        if ((flags & FrameFlags.CodedPts) != 0)
            pts = FullPts(Variable());
        long size = code.SizeLow;
        if ((flags & FrameFlags.SizeHigh) != 0)
            size += code.SizeMultiplier * Variable();
        if ((flags & FrameFlags.MatchTime) != 0)
            Variable();
        var elided = (flags & FrameFlags.HeaderIndex) != 0 ? (int)Variable() : code.HeaderIndex;
        var reserved = (flags & FrameFlags.Reserved) != 0 ? Variable() : code.Reserved;
        for (var i = 0L; i < reserved; i++)
            Variable();
        if ((flags & FrameFlags.Checksum) != 0)
            _position += 4;
        if ((flags & FrameFlags.SideData) != 0)
            throw new InvalidDataException("side data in ffmpeg's raw output");
        _header = size > 4096 ? [] : _elided[elided];
        _lastPts = pts;
        return (pts, checked((int)size));
    }

    private long FullPts(long coded)
    {
        var window = 1L << _ptsShift;
        if (coded >= window)
            return coded - window;
        var from = _lastPts - (window - 1) / 2;
        return ((coded - from) & (window - 1)) + from;
    }

    private async ValueTask PacketAsync(CancellationToken cancellationToken)
    {
        // Startcode, length, contents with checksum.
        if (!await EnsureAsync(24, cancellationToken).ConfigureAwait(false) && _length - _position < 9)
            throw new EndOfStreamException("ffmpeg's output ends within a packet");
        var startcode = BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_position));
        _position += 8;
        var length = Variable();
        if (length > 4096)
            _position += 4;
        if (length > MaximumHeader)
            throw new InvalidDataException("oversized packet in ffmpeg's output");
        // Info packets may be longer than the buffer; what is parsed is far shorter.
        if (length > _buffer.Length / 2)
        {
            await SkipAsync(length, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (!await EnsureAsync((int)length, cancellationToken).ConfigureAwait(false))
            throw new EndOfStreamException("ffmpeg's output ends within a packet");
        var end = _position + (int)length;
        if (startcode == MainStartcode)
            MainHeader();
        else if (startcode == StreamStartcode)
            StreamHeader();
        else if (startcode == SyncpointStartcode)
            Syncpoint();
        _position = end;
    }

    private void MainHeader()
    {
        var version = Variable();
        if (version > 3)
            Variable();
        Variable();
        Variable();
        var count = Variable();
        for (var i = 0L; i < count; i++)
            _timeBases.Add((Variable(), Variable()));
        FrameCodes();
        var headers = Variable();
        for (var i = 0L; i < headers; i++)
        {
            var n = (int)Variable();
            _elided.Add(_buffer.AsSpan(_position, n).ToArray());
            _position += n;
        }
    }

    private void FrameCodes()
    {
        long pts = 0, multiplier = 1, headerIndex = 0;
        for (var i = 0; i < 256;)
        {
            var flags = (FrameFlags)Variable();
            var fields = Variable();
            if (fields > 0)
                pts = Signed();
            if (fields > 1)
                multiplier = Variable();
            if (fields > 2)
                Variable();
            var size = fields > 3 ? Variable() : 0;
            var reserved = fields > 4 ? Variable() : 0;
            var count = fields > 5 ? Variable() : multiplier - size;
            if (fields > 6)
                Signed();
            if (fields > 7)
                headerIndex = Variable();
            for (var f = 8L; f < fields; f++)
                Variable();
            for (var j = 0; j < count && i < 256; i++)
            {
                // 'N' begins a packet and is never a frame.
                _codes[i] = i == 'N' ? new FrameCode(FrameFlags.Invalid, 0, 0, 0, 0, 0)
                    : new FrameCode(flags, pts, multiplier, size + j++, reserved, (int)headerIndex);
            }
        }
    }

    private void StreamHeader()
    {
        Variable();
        if (Variable() != 0)
            throw new InvalidDataException("ffmpeg's output holds more than video");
        var fourcc = (int)Variable();
        _position += fourcc;
        _timeBase = (int)Variable();
        _ptsShift = (int)Variable();
        // Longest distance of timestamps, delay of decoding, flags, what the codec needs.
        Variable();
        Variable();
        Variable();
        var specific = (int)Variable();
        _position += specific;
        (Width, Height) = ((int)Variable(), (int)Variable());
    }

    private void Syncpoint()
    {
        var key = Variable();
        var (n, d) = _timeBases[(int)(key % _timeBases.Count)];
        _lastPts = (long)((Int128)(key / _timeBases.Count) * n * TimeBase.Denominator / ((Int128)d * TimeBase.Numerator));
    }

    private long Signed()
    {
        var v = Variable() + 1;
        return (v & 1) != 0 ? -(v >> 1) : v >> 1;
    }

    private long Variable()
    {
        long value = 0;
        while (true)
        {
            if (_position >= _length)
                throw new EndOfStreamException("ffmpeg's output ends within a header");
            var b = _buffer[_position++];
            value = (value << 7) | (uint)(b & 0x7f);
            if ((b & 0x80) == 0)
                return value;
        }
    }

    /// <summary>Makes at least <paramref name="count"/> bytes available; false when the stream ends before.</summary>
    private async ValueTask<bool> EnsureAsync(int count, CancellationToken cancellationToken)
    {
        if (_length - _position >= count)
            return true;
        _buffer.AsSpan(_position, _length - _position).CopyTo(_buffer);
        _length -= _position;
        _position = 0;
        while (_length < count)
        {
            var n = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            if (n == 0)
                break;
            _length += n;
        }
        return _length - _position >= count;
    }

    private async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (!await EnsureAsync(1, cancellationToken).ConfigureAwait(false))
                throw new EndOfStreamException("ffmpeg's output ends within a packet");
            var n = (int)Math.Min(count, _length - _position);
            _position += n;
            count -= n;
        }
    }

    [Flags]
    private enum FrameFlags : long
    {
        CodedPts = 8,
        StreamId = 16,
        SizeHigh = 32,
        Checksum = 64,
        Reserved = 128,
        SideData = 256,
        HeaderIndex = 1024,
        MatchTime = 2048,
        Coded = 4096,
        Invalid = 8192,
    }

    private readonly record struct FrameCode(
        FrameFlags Flags, long PtsDelta, long SizeMultiplier, long SizeLow, long Reserved, int HeaderIndex);
}
