using Vfi.Pipeline.Chunks;
using Vfi.Pipeline.Interpolation;
using Vfi.Pipeline.Timing;

namespace Vfi.Pipeline;

/// <summary>What a conversion reports while it runs. Called from its threads; must return quickly.</summary>
public interface IConversionObserver
{
    /// <summary>Known before the first frame.</summary>
    void Planned(ConversionPlan plan);

    /// <summary>Something that the user should know: a conversion, a loss, a choice.</summary>
    void Note(string text);

    /// <summary>Frames that the encoder has taken, those of earlier runs included.</summary>
    void Progress(long frames);

    /// <summary>What happens now.</summary>
    void Phase(string text);

    /// <summary>A chunk's file and the manifest that names it are on disk.</summary>
    /// <param name="folder">The work folder.</param>
    /// <param name="chunk">Its file's name and hash.</param>
    void ChunkFinished(string folder, ChunkRecord chunk)
    {
    }
}

/// <summary>What a conversion will do.</summary>
public sealed record ConversionPlan(
    string Input,
    string Output,
    int Width,
    int Height,
    string PixelFormat,
    string Codec,
    int SourceFrames,
    Rational SourceFps,
    bool IsConstantRate,
    Rational OutputFps,
    long OutputFrames,
    Rational Duration,
    string Model,
    string Provider,
    string Encoder,
    int Chunks,
    int FinishedChunks,
    long FinishedFrames);

/// <summary>What a conversion did.</summary>
/// <param name="Plan">As it was planned.</param>
/// <param name="Frames">Where the output's frames come from.</param>
/// <param name="MissingSourceFrames">Frames that could not be decoded (with tolerance of damage only).</param>
/// <param name="NewFrames">Frames of this run: without those of finished chunks.</param>
/// <param name="Seconds">Wall time of this run.</param>
public sealed record ConversionReport(
    ConversionPlan Plan, FrameCounts Frames, int MissingSourceFrames, long NewFrames, double Seconds);
