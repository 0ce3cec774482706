using System.Collections.Concurrent;

namespace Vfi.Pipeline.Interpolation;

/// <summary>Fields of flow and mask, used again. One serves one size.</summary>
internal sealed class MotionPool
{
    private readonly ConcurrentStack<MotionField> _free = [];

    /// <summary>A field of any content, without other flows.</summary>
    public PooledMotion Rent(int width, int height, int divisor) =>
        new(this, _free.TryPop(out var field) ? field : new MotionField(width, height, Pinned(width * height), Pinned(width * height), divisor));

    public void Return(MotionField field) => _free.Push(field);

    private static float[] Pinned(int length) => GC.AllocateUninitializedArray<float>(length, pinned: true);
}

/// <summary>A field that goes back to its pool when disposed of.</summary>
internal sealed class PooledMotion(MotionPool pool, MotionField motion) : IDisposable
{
    public MotionField Field => motion;

    public void Dispose() => pool.Return(motion);
}
