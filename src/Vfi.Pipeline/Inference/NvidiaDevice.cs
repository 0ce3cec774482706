using System.Globalization;
using System.Runtime.InteropServices;

namespace Vfi.Pipeline.Inference;

/// <summary>What the NVIDIA driver and TensorRT say of themselves.</summary>
internal static partial class NvidiaDevice
{
    private const int CapabilityMajor = 75;
    private const int CapabilityMinor = 76;

    /// <param name="device">The GPU's number.</param>
    /// <exception cref="VfiException">No such GPU, or no driver (environment).</exception>
    public static unsafe DeviceIdentity Identify(int device)
    {
        try
        {
            Check(Init(0), "cuInit");
            Check(DeviceGet(out var handle, device), $"cuDeviceGet {device} (Inference:Device)");
            var name = stackalloc byte[256];
            Check(DeviceGetName(name, 256, handle), "cuDeviceGetName");
            Check(DeviceGetAttribute(out var major, CapabilityMajor, handle), "cuDeviceGetAttribute");
            Check(DeviceGetAttribute(out var minor, CapabilityMinor, handle), "cuDeviceGetAttribute");
            return new DeviceIdentity(
                Marshal.PtrToStringUTF8((nint)name) ?? "", string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}"),
                TensorRt(), OnnxEnvironment.Version);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw VfiException.Environment($"the GPU cannot be identified: {(MissingLibrary.In(e.Message) is { } missing ? missing + " is not found" : e.Message)}", e);
        }
    }

    /// <summary>GPU memory in bytes; null: no such GPU, or no driver.</summary>
    public static long? Memory(int device)
    {
        try
        {
            return Init(0) == 0 && DeviceGet(out var handle, device) == 0 && DeviceTotalMem(out var bytes, handle) == 0 ? (long)bytes : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Null: there is none, and the GPU works without it.</summary>
    private static string? TensorRt()
    {
        try
        {
            return GetInferLibVersion().ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
            throw VfiException.Environment($"the NVIDIA driver refused {call}: CUDA error {result}");
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(out int handle, int ordinal);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGetName")]
    private static unsafe partial int DeviceGetName(byte* name, int length, int handle);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGetAttribute")]
    private static partial int DeviceGetAttribute(out int value, int attribute, int handle);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial int DeviceTotalMem(out nuint bytes, int device);

    [LibraryImport("libnvinfer.so.10", EntryPoint = "getInferLibVersion")]
    private static partial int GetInferLibVersion();
}
