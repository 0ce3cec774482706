using System.ComponentModel.DataAnnotations;

namespace Vfi.Pipeline.Inference;

/// <summary>Arithmetic of an engine. Inputs, outputs and sampling grids are float32 in both.</summary>
public enum EnginePrecision
{
    /// <summary>TensorRT chooses half precision where it is faster; refused by the parity check, the engine is built again in float32.</summary>
    Fp16,
    Fp32,
}

/// <summary>What to do for a resolution whose engine is not in the cache.</summary>
public enum EngineMiss
{
    /// <summary>Build it before the first frame (minutes).</summary>
    Build,

    /// <summary>Use the next provider.</summary>
    Fallback,

    /// <summary>Fail: engines come from <c>vfi warm</c> only.</summary>
    Fail,
}

/// <summary>What makes views and planes around the motion model.</summary>
public enum SynthesisPath
{
    /// <summary>Graphs on a GPU, vectors on the CPU.</summary>
    Auto,

    /// <summary>ONNX graphs on the model's provider; frames stay on the device.</summary>
    Graph,

    /// <summary>The CPU's vector instructions; views, flow and mask cross the bus.</summary>
    Simd,
}

/// <summary>How models run on a GPU; section <c>Inference</c>.</summary>
public sealed class InferenceOptions
{
    public const string Section = "Inference";

    /// <summary>The GPU's number.</summary>
    [Range(0, 63)]
    public int Device { get; set; }

    public EnginePrecision Precision { get; set; } = EnginePrecision.Fp16;

    /// <summary>Keeps built TensorRT engines; may be a volume that nodes share.</summary>
    [Required]
    public string EngineFolder { get; set; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "vfi", "engines");

    /// <summary>The least recently used engines go when the folder holds more than this.</summary>
    [Range(1, 1e9)]
    public long EngineMegabytes { get; set; } = 10_000;

    public EngineMiss OnEngineMiss { get; set; } = EngineMiss.Build;

    /// <summary>How long to wait for another process that builds the same engine.</summary>
    [Range(0, 86400)]
    public double EngineWaitSeconds { get; set; } = 1200;

    /// <summary>TensorRT's builder optimisation level: higher takes longer to build and may run faster.</summary>
    [Range(0, 5)]
    public int OptimizationLevel { get; set; } = 3;

    /// <summary>GPU memory for the builder's tactics; 0: all.</summary>
    [Range(0, 1e6)]
    public long WorkspaceMegabytes { get; set; }

    /// <summary>Streams beside the main one; -1: TensorRT's choice.</summary>
    [Range(-1, 16)]
    public int AuxiliaryStreams { get; set; } = -1;

    public SynthesisPath Synthesis { get; set; } = SynthesisPath.Auto;

    /// <summary>
    /// Whether the pictures that other flows lead to are mixed in where a motion model's own is in doubt: 0.1 to 0.2 dB, for four more
    /// samplings of both frames, which a GPU does everywhere and the CPU where they have weight.
    /// </summary>
    public bool OtherFlows { get; set; } = true;

    /// <summary>
    /// Whether motion follows a curve through the frames before and after a pair instead of a straight line between its two: on held-out clips 0.3 to 0.8 dB.
    /// At twice the rate and above it costs no estimation of motion more.
    /// </summary>
    public bool Curved { get; set; } = true;

    /// <summary>Whether what stands over a moving picture, such as subtitles and logos, is taken off before the picture is interpolated and put back on it.</summary>
    public bool Overlays { get; set; } = true;

    /// <summary>Frames made at once on a GPU, so that copies overlap with work.</summary>
    [Range(1, 16)]
    public int PairsInFlight { get; set; } = 2;

    /// <summary>A run on a GPU that takes longer has hung: its session is given up.</summary>
    [Range(0.1, 3600)]
    public double RunTimeoutSeconds { get; set; } = 60;

    /// <summary>Engines of different resolutions that stay loaded on the GPU; beyond that, the least recently used one that no job uses goes.</summary>
    [Range(1, 1000)]
    public int LoadedEngines { get; set; } = 8;

    /// <summary>Sessions are loaded anew after so many jobs, against memory that grows; 0: never.</summary>
    [Range(0, 1_000_000)]
    public int RecycleAfterJobs { get; set; } = 1000;
}
