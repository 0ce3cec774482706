namespace FFMpegCore.Arguments;

/// <summary>One piece of the command line.</summary>
public interface IArgument
{
    string Text { get; }
}

public sealed class CustomArgument(string argument) : IArgument
{
    public string Text { get; } = argument;
}
