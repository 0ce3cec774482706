namespace Vfi.Tests;

/// <summary>Azurite's blob service in a folder of its own.</summary>
public sealed class Azurite : NodeServer
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private readonly TemporaryFolder _folder;

    private Azurite(int port, TemporaryFolder folder)
        : base(port, Path.Combine(Modules, "azurite", "dist", "src", "blob", "main.js"), "--silent", "--skipApiVersionCheck", "--location", folder.Path, "--blobPort", $"{port}")
    {
        (_folder, Port) = (folder, port);
    }

    public int Port { get; }

    public string ConnectionString => ConnectionStringFor(Port);

    public static Azurite Start() => new(FreePort(), new TemporaryFolder());

    /// <summary>Of the emulator's well-known account behind another port, such as a proxy's.</summary>
    public static string ConnectionStringFor(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }
}
