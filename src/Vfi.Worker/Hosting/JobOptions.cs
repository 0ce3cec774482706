using System.ComponentModel.DataAnnotations;
using Vfi.Pipeline;
using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;
using Vfi.Worker.Commands;

namespace Vfi.Worker.Hosting;

/// <summary>Defaults and limits of jobs; section <c>Jobs</c>.</summary>
internal sealed class JobOptions : IValidatableObject
{
    public const string Section = "Jobs";

    /// <summary>Where results go: {container} is the first output container, {path} the source's folder with a slash, {name}
    /// its name, {rate} what was asked for (2x, 60fps), {id} the job, {ext} the extension with its dot.</summary>
    [Required]
    public string Output { get; set; } = "{container}/{path}{name}_{rate}{ext}";

    /// <summary>For jobs that give neither rate nor ratio.</summary>
    public string InterpRatio { get; set; } = "2";

    /// <summary>Wins over <see cref="InterpRatio"/> as a default when set.</summary>
    public string OutFps { get; set; } = "";

    [Required]
    public string Model { get; set; } = ModelCatalogue.Default;

    [Required]
    public string Encoder { get; set; } = "auto";

    [Range(0, 63)]
    public int? Crf { get; set; }

    public string? Preset { get; set; }

    [Range(0, 1)]
    public double SceneCut { get; set; } = PairClassifier.DefaultCutThreshold;

    /// <summary>Frames in a row that may show one picture and count as one: auto, or 1 (off) to 8.</summary>
    [Required]
    public string Repeats { get; set; } = "auto";

    /// <summary>What tells whether the material is interlaced.</summary>
    public ScanSource Scan { get; set; } = ScanSource.Auto;

    /// <summary>What becomes of interlaced material.</summary>
    public Deinterlacing Deinterlace { get; set; } = Deinterlacing.Frames;

    /// <summary>Size at which motion is estimated: auto (by the number of lines), half of that, 1, 1/2, 1/4 or 1/8.</summary>
    [Required]
    public string MotionScale { get; set; } = "auto";

    /// <summary>auto, tensorrt, cuda or cpu.</summary>
    [Required]
    public string Provider { get; set; } = "auto";

    /// <summary>Hardware decoding: auto, none or ffmpeg's name.</summary>
    [Required]
    public string HardwareDecoding { get; set; } = "auto";

    /// <summary>Threads of each stage of one job; none: the processor's, divided by the parallel jobs.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>Seconds of output a chunk: what the death of a node can cost.</summary>
    [Range(0.1, 3600)]
    public double ChunkSeconds { get; set; } = 10;

    /// <summary>Replace results that exist.</summary>
    public bool Overwrite { get; set; }

    /// <summary>Models that jobs may name; empty: any by name.</summary>
    public string[] AllowedModels { get; set; } = [];

    /// <summary>Encoders that jobs may name; empty: any.</summary>
    public string[] AllowedEncoders { get; set; } = [];

    /// <summary>Presets that jobs may name; empty: any.</summary>
    public string[] AllowedPresets { get; set; } = [];

    [Range(0, 63)]
    public int MinCrf { get; set; }

    [Range(0, 63)]
    public int MaxCrf { get; set; } = 63;

    [Range(1, OutputRate.MaximumFps)]
    public double MaxFps { get; set; } = 240;

    [Range(1, long.MaxValue)]
    public long MaxSourceMegabytes { get; set; } = 1_000_000;

    [Range(1, 1e9)]
    public double MaxSourceSeconds { get; set; } = 6 * 3600;

    /// <summary>Width times height.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; set; } = 8192L * 4320;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var check in new Action[]
        {
            () => ModelOptions.ParseProvider(Provider, "Jobs:Provider"),
            () => ModelOptions.ParseMotionScale(MotionScale, "Jobs:MotionScale"),
            () => ModelOptions.ParseRepeats(Repeats, "Jobs:Repeats"),
            () => OutputRate.Parse(InterpRatio, "Jobs:InterpRatio", isRate: false),
            () => _ = OutFps.Length > 0 ? OutputRate.Parse(OutFps, "Jobs:OutFps", isRate: true) : default,
            () => InterpolatorFactory.Open(new ModelCatalogue(), Model, ExecutionProvider.Cpu),
        })
        {
            string? problem = null;
            try
            {
                check();
            }
            catch (VfiException e)
            {
                problem = e.Message.Replace("--model", "Jobs:Model", StringComparison.Ordinal);
            }
            if (problem is not null)
                yield return new ValidationResult(problem);
        }
        if (MinCrf > MaxCrf)
            yield return new ValidationResult($"Jobs:MinCrf {MinCrf} must not be above Jobs:MaxCrf {MaxCrf}");
    }
}
