using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline.Frames;

/// <summary>
/// One decoded frame in native memory, counted by reference: who takes a frame from a channel releases it, who
/// keeps it longer retains it first. The last release returns it to its pool.
/// </summary>
public sealed unsafe class VideoFrame
{
    /// <summary>Readable bytes after the last sample: vector gathers read past the end.</summary>
    internal const int Padding = 64;

    private readonly FramePool _pool;
    private readonly byte* _data;
    private int _references;

    internal VideoFrame(FramePool pool)
    {
        _pool = pool;
        ByteCount = pool.Layout.FrameBytes(pool.Width, pool.Height);
        _data = PageMemory.Allocate((nuint)ByteCount + Padding);
        if (_data is null)
            throw VfiException.Failed($"there is no memory left for another frame of {Width}x{Height} ({ByteCount >> 20} MB): give the process more, or fewer --threads (workers: Worker:ParallelJobs)");
        // Frames that a failed job left behind wait for the collector, which does not see what they hold.
        GC.AddMemoryPressure(ByteCount);
    }

    public PixelLayout Layout => _pool.Layout;

    public int Width => _pool.Width;

    public int Height => _pool.Height;

    public int ByteCount { get; }

    /// <summary>Seconds after the first source frame.</summary>
    public Rational Time { get; set; }

    /// <summary>All planes, one after the other.</summary>
    public Span<byte> Bytes => new(_data, ByteCount);

    /// <summary>All planes as memory for asynchronous reads and writes; valid while a reference is held.</summary>
    public Memory<byte> Memory => new NativeMemoryManager(_data, ByteCount).Memory;

    /// <summary>The samples of one plane.</summary>
    public PlaneView Plane(int plane)
    {
        var data = _data;
        for (var p = 0; p < plane; p++)
            data += (long)Layout.PlaneWidth(p, Width) * Layout.PlaneHeight(p, Height) * Layout.BytesPerSample;
        return new PlaneView(data, Layout.PlaneWidth(plane, Width), Layout.PlaneHeight(plane, Height));
    }

    public VideoFrame Retain()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    /// <exception cref="InvalidOperationException">Released more often than retained.</exception>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
            _pool.Return(this);
        else if (left < 0)
            throw new InvalidOperationException("a frame was released more often than retained");
    }

    internal void Reset()
    {
        _references = 1;
        Time = Rational.Zero;
    }

    internal void Free()
    {
        GC.SuppressFinalize(this);
        FreeMemory();
    }

    /// <summary>Frames that were in a channel when a stage failed are never released; their memory still goes back.</summary>
    ~VideoFrame() => FreeMemory();

    private void FreeMemory()
    {
        // The system had none.
        if (_data is null)
            return;
        PageMemory.Free(_data, (nuint)ByteCount + Padding);
        GC.RemoveMemoryPressure(ByteCount);
    }
}

/// <summary>A plane: rows of <see cref="Width"/> samples without gaps.</summary>
public readonly unsafe struct PlaneView(byte* data, int width, int height)
{
    public byte* Data { get; } = data;

    public int Width { get; } = width;

    public int Height { get; } = height;
}
