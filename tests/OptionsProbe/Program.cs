using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

// One JSON object of provider options a line; answers "ok" or why the TensorRT provider refuses them.
_ = OrtEnv.Instance();
while (Console.In.ReadLine() is { } line)
{
    try
    {
        using var options = new OrtTensorRTProviderOptions();
        options.UpdateOptions(JsonSerializer.Deserialize<Dictionary<string, string>>(line)!);
        Console.Out.WriteLine("ok");
    }
    catch (OnnxRuntimeException e)
    {
        Console.Out.WriteLine(e.Message.ReplaceLineEndings(" "));
    }
}
