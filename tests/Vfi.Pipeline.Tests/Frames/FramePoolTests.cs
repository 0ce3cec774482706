using Vfi.Pipeline.Frames;

namespace Vfi.Tests.Frames;

public sealed class FramePoolTests
{
    [Fact]
    public void A_frame_goes_back_with_its_last_reference()
    {
        using var pool = new FramePool(PixelLayout.All["gray"], 8, 8);
        var frame = pool.Rent();
        frame.Retain();
        frame.Release();
        Assert.NotSame(frame, pool.Rent());
        frame.Release();
        Assert.Same(frame, pool.Rent());
        Assert.Equal(2, pool.Created);
    }

    [Fact]
    public void One_release_too_many_is_an_error()
    {
        using var pool = new FramePool(PixelLayout.All["gray"], 8, 8);
        var frame = pool.Rent();
        frame.Release();
        Assert.Throws<InvalidOperationException>(frame.Release);
    }
}
