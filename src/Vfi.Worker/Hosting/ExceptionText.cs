namespace Vfi.Worker.Hosting;

internal static class ExceptionText
{
    /// <summary>Of the message: clients' go on with headers or a stack.</summary>
    public static string FirstLine(this Exception exception) => exception.Message.Split('\n', '\r')[0].TrimEnd();
}
