namespace Vfi.Pipeline.Interpolation;

/// <summary>Looks at source frames as they go through, to tell people what the options could do better.</summary>
internal interface ISourceWatch
{
    /// <summary>Called for all neighbouring frames, in order within a run of chunks.</summary>
    void Add(SourceFrame first, SourceFrame second);
}
