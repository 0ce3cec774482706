namespace Vfi.Pipeline.Inference;

/// <summary>Whether models can be used.</summary>
public interface IModelHealth
{
    /// <summary>Why no model can be used any more in this process; null: they can.</summary>
    string? Problem { get; }
}
