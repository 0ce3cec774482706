using Vfi.Pipeline.Inference;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>One conversion: a file in, a file out.</summary>
public sealed record ConversionOptions
{
    public required string Input { get; init; }

    /// <summary>Whether a playlist may name other local files; not for inputs from elsewhere.</summary>
    public bool AllowPlaylists { get; init; } = true;

    /// <summary>Null: beside the input, <c>name_60fps.ext</c>.</summary>
    public string? Output { get; init; }

    /// <summary>Output frames per source frame; wins over <see cref="OutputFps"/>. With neither, 2.</summary>
    public Rational? Ratio { get; init; }

    public Rational? OutputFps { get; init; }

    /// <summary>A model's name, <c>hold</c>, <c>blend</c>, or the path of a model.json.</summary>
    public string Model { get; init; } = ModelCatalogue.Default;

    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Auto;

    /// <summary>The size at which motion is estimated.</summary>
    public MotionSize MotionSize { get; init; } = MotionSize.Auto;

    /// <summary>Null: as <see cref="InferenceOptions.Synthesis"/> says.</summary>
    public SynthesisPath? Synthesis { get; init; }

    /// <summary>An encoder's name, or <c>auto</c>: the first that takes the source's pixels as they are.</summary>
    public string Encoder { get; init; } = "auto";

    /// <summary>Constant quality, 0 (lossless) to 63; null: the encoder's default.</summary>
    public int? Crf { get; init; }

    public string? Preset { get; init; }

    /// <summary>ffmpeg's name; null: as the source.</summary>
    public string? PixelFormat { get; init; }

    /// <summary>See <see cref="PairClassifier"/>; 0: no scene cuts.</summary>
    public double SceneCut { get; init; } = PairClassifier.DefaultCutThreshold;

    /// <summary>See <see cref="PairClassifier"/>; below 0: no stills.</summary>
    public double Still { get; init; } = PairClassifier.DefaultStillThreshold;

    /// <summary>Source frames that are replaced because they show the picture before once more. <see cref="Interpolation.Repeats.Auto"/> counts where the rate is raised alone.</summary>
    public Repeats Repeats { get; init; } = Repeats.Auto;

    /// <summary>What tells whether the material is interlaced.</summary>
    public ScanSource Scan { get; init; } = ScanSource.Auto;

    /// <summary>What becomes of interlaced material.</summary>
    public Deinterlacing Deinterlace { get; init; } = Deinterlacing.Frames;

    /// <summary>Seconds of output a chunk: what a crash can cost, and a keyframe each.</summary>
    public Rational ChunkSeconds { get; init; } = 10;

    /// <summary>Keeps chunks and manifest. Null: a folder beside the output, removed at success.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>When it fires, the chunk at hand is finished and the conversion ends as cancelled; its chunks are kept.</summary>
    public CancellationToken StopAfterChunk { get; init; }

    /// <summary>Null: one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether an existing output is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Go on where the decoder gives fewer frames than the file announces.</summary>
    public bool TolerateDamage { get; init; }

    /// <summary><c>auto</c> (a probe decides, only with a GPU), <c>none</c>, or ffmpeg's name.</summary>
    public string HardwareDecoding { get; init; } = "auto";
}
