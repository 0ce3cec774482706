using FFMpegCore.Arguments;

namespace FFMpegCore;

/// <summary>The options in front of one input or output.</summary>
public sealed class FFMpegArgumentOptions
{
    internal List<IArgument> Arguments { get; } = [];

    /// <summary>Adds text as it is: the caller quotes what needs it.</summary>
    public FFMpegArgumentOptions WithCustomArgument(string argument)
    {
        Arguments.Add(new CustomArgument(argument));
        return this;
    }
}
