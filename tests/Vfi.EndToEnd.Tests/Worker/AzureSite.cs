using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;

namespace Vfi.Tests.Worker;

/// <summary>The Service Bus broker and Azurite, behind a proxy that fails on request.</summary>
public sealed class AzureSite : JobSite
{
    private readonly Azurite _azurite = Azurite.Start();
    private readonly BlobServiceClient _blobs;

    public AzureSite()
        : this(lockSeconds: 2)
    {
    }

    public AzureSite(double lockSeconds)
    {
        Broker = Broker.Start(lockSeconds);
        Proxy = FaultyProxy.Start(_azurite.Port);
        _blobs = new BlobServiceClient(_azurite.ConnectionString, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02));
        _blobs.CreateBlobContainer("videos");
        _blobs.CreateBlobContainer("results");
    }

    public Broker Broker { get; }

    public FaultyProxy Proxy { get; }

    public override IReadOnlyList<string> Settings =>
        [.. base.Settings, "--Queue:Kind=ServiceBus", $"--Queue:ConnectionString={Broker.ConnectionString}", "--Store:Kind=Azure",
            $"--Store:ConnectionString={Proxy.ConnectionString}", "--Store:RetrySeconds=0.2", "--Store:BlockMegabytes=1"];

    public override void Put(string path, string file) => Blob(path).Upload(file, overwrite: true);

    public override bool Get(string path, string file)
    {
        try
        {
            Blob(path).DownloadTo(file);
            return true;
        }
        catch (Azure.RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
    }

    public override IReadOnlyList<string> List(string container) =>
        !_blobs.GetBlobContainerClient(container).Exists() ? [] : [.. _blobs.GetBlobContainerClient(container).GetBlobs().Select(b => b.Name).Order(StringComparer.Ordinal)];

    public override void Delete(string path) => Blob(path).Delete();

    public void Archive(string path) => Blob(path).SetAccessTier(Azure.Storage.Blobs.Models.AccessTier.Archive);

    public override Task SendAsync(string id, string body) => SendAsync(new ServiceBusMessage(body) { MessageId = id });

    public async Task SendAsync(ServiceBusMessage message)
    {
        await using var client = new ServiceBusClient(Broker.ConnectionString);
        await client.CreateSender("jobs").SendMessageAsync(message);
    }

    public override Task<int> WaitingAsync() => Broker.CountAsync("jobs");

    public override void Dispose()
    {
        base.Dispose();
        Broker.Dispose();
        Proxy.Dispose();
        _azurite.Dispose();
    }

    private BlobClient Blob(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return _blobs.GetBlobContainerClient(path[..slash]).GetBlobClient(path[(slash + 1)..]);
    }
}
