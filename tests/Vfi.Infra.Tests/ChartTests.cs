using System.Text.Json.Nodes;
using Vfi.Worker.Commands;

namespace Vfi.Tests;

public sealed class ChartTests(Chart chart) : IClassFixture<Chart>
{
    private const string Needed = "config: {Queue: {Namespace: contoso.servicebus.windows.net}, Store: {AccountUrl: 'https://contoso.blob.core.windows.net'}}\n";

    [Theory]
    [InlineData(Needed, "ScaledJob")]
    [InlineData(Needed + "mode: deployment", "Deployment")]
    [InlineData(Needed + "gpu: {enabled: false}", "ScaledJob")]
    [InlineData(Needed + "work: {storageClassName: managed-csi-premium}", "ScaledJob")]
    [InlineData(Needed + "engineCache: {existingClaim: mine, warm: []}", "ScaledJob")]
    [InlineData(Needed + "telemetry: {otlpEndpoint: 'http://otel:4317'}\npodAnnotations: {a: b}\npodLabels: {c: d}\nnodeSelector: {e: f}\nimagePullSecrets: [{name: g}]", "ScaledJob")]
    [InlineData("existingSecret: mine", "ScaledJob")]
    public void Every_manifest_is_what_Kubernetes_and_KEDA_know(string values, string kind)
    {
        var (exit, manifests) = chart.Render(values);
        Assert.True(exit == 0, manifests);
        var (problems, text) = Chart.Validate(manifests);
        Assert.True(problems == 0, text);
        Assert.Contains($"kind: {kind}", manifests, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("readOnlyRootFilesystem", "readonlyRootFilesystem")]
    [InlineData("pollingInterval: 15", "pollingInterval: often")]
    [InlineData("claimName:", "claim:")]
    public void A_key_or_value_that_they_do_not_know_is_found(string right, string wrong)
    {
        var (_, manifests) = chart.Render(Needed);
        Assert.Contains(right, manifests, StringComparison.Ordinal);
        Assert.Equal(1, Chart.Validate(manifests.Replace(right, wrong, StringComparison.Ordinal)).Exit);
    }

    [Theory]
    [InlineData(Needed)]
    [InlineData(Needed + "nodeSelector: {e: f}")]
    public void Pods_stay_off_nodes_whose_processors_the_images_are_not_for(string values) =>
        Assert.Contains("kubernetes.io/arch: amd64", chart.Render(values).Output, StringComparison.Ordinal);

    [Fact]
    public void The_expander_of_spot_nodes_is_a_manifest() =>
        Assert.Equal(0, Chart.Validate(File.ReadAllText(Path.Combine(Repository.Root, "infra", "kubernetes", "spot-first.yaml"))).Exit);

    [Theory]
    [InlineData("config: {Store: {AccountUrl: x}}", "config.Queue.Namespace is needed")]
    [InlineData("config: {Queue: {Namespace: x}}", "config.Store.AccountUrl is needed")]
    [InlineData(Needed + "serviceAccount: {create: false}", "serviceAccount.name is needed")]
    public void What_is_missing_is_said(string values, string said)
    {
        var (exit, text) = chart.Render(values);
        Assert.NotEqual(0, exit);
        Assert.Contains(said, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_values_are_what_their_schema_says()
    {
        var (exit, text) = Check(Values());
        Assert.True(exit == 0, text);
    }

    [Theory]
    [InlineData("mode", "\"statefulset\"")]
    [InlineData("replicas", "3")]
    [InlineData("terminationExtraSeconds", "5")]
    [InlineData("config", "{\"Queue\": {\"ConnectionString\": \"secret\"}, \"Store\": {}, \"Worker\": {\"GraceSeconds\": 1}}")]
    public void The_schema_refuses_wrong_values_and_secrets(string key, string value)
    {
        var values = Values();
        values[key] = JsonNode.Parse(value);
        Assert.Equal(1, Check(values).Exit);
    }

    [Fact]
    public void The_schema_names_every_value() =>
        Assert.Empty(Values().AsObject().Select(p => p.Key).Except(Schema()["properties"]!.AsObject().Select(p => p.Key)));

    [Fact]
    public void Every_setting_in_the_values_exists() => Assert.All(
        Values()["config"]!.AsObject().SelectMany(s => s.Value!.AsObject().Select(k => $"{s.Key}:{k.Key}")), s => Assert.True(SettingKeys.Exists(s), s));

    [Fact]
    public void A_pod_is_given_longer_than_the_worker_needs_to_save_its_chunk()
    {
        var pod = Pod("config: {Worker: {GraceSeconds: 300}, Queue: {Namespace: a.servicebus.windows.net}, Store: {AccountUrl: 'https://a'}}");
        Assert.InRange(pod["terminationGracePeriodSeconds"]!.GetValue<int>(), 320, 400);
    }

    [Fact]
    public void The_worker_reads_the_settings_that_the_chart_writes()
    {
        var config = chart.Manifests(Needed).Single(m => m["kind"]!.GetValue<string>() == "ConfigMap");
        var settings = JsonNode.Parse(config["data"]!["worker.json"]!.GetValue<string>())!;
        Assert.Equal("contoso.servicebus.windows.net", settings["Queue"]!["Namespace"]!.GetValue<string>());
        var arguments = Pod(Needed)["containers"]![0]!["args"]!.AsArray().Select(a => a!.GetValue<string>());
        Assert.Equal(["worker", "--config=/etc/vfi/worker.json", "--drain"], arguments);
    }

    [Fact]
    public void Helms_test_tries_the_workers_rights_with_its_settings_and_identity()
    {
        var pod = Doctor();
        Assert.Equal("test", pod["metadata"]!["annotations"]!["helm.sh/hook"]!.GetValue<string>());
        Assert.Equal(Pod(Needed)["serviceAccountName"]!.GetValue<string>(), pod["spec"]!["serviceAccountName"]!.GetValue<string>());
        var arguments = pod["spec"]!["containers"]![0]!["args"]!.AsArray().Select(a => a!.GetValue<string>()).ToArray();
        Assert.Equal(["doctor", "--worker", "--config=/etc/vfi/worker.json"], arguments[..3]);
        Assert.Empty(CommandRunner.Parse(arguments).Errors);
        Assert.All(arguments[3..], a => Assert.True(SettingKeys.Exists(a[2..].Split('=')[0]), a));
    }

    [Fact]
    public void Pods_run_without_any_privilege()
    {
        var (pod, doctor) = (Pod(Needed), Doctor()["spec"]!);
        Assert.All(new[] { pod, doctor }, p => Assert.True(p["securityContext"]!["runAsNonRoot"]!.GetValue<bool>()));
        Assert.All(pod["containers"]!.AsArray().Concat(pod["initContainers"]!.AsArray()).Concat(doctor["containers"]!.AsArray()), c =>
        {
            Assert.True(c!["securityContext"]!["readOnlyRootFilesystem"]!.GetValue<bool>());
            Assert.False(c["securityContext"]!["allowPrivilegeEscalation"]!.GetValue<bool>());
            Assert.Equal("ALL", c["securityContext"]!["capabilities"]!["drop"]![0]!.GetValue<string>());
        });
    }

    private JsonNode Doctor() => chart.Manifests(Needed).Single(m => m["kind"]!.GetValue<string>() == "Pod");

    private static JsonNode Values() => Chart.YamlToJson(File.ReadAllText(Path.Combine(Chart.Folder, "values.yaml")))[0]!;

    private static JsonNode Schema() => JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))!;

    private static (int Exit, string Output) Check(JsonNode values) =>
        Chart.Node("tests/infra/schema.js", values.ToJsonString(), Path.Combine(Chart.Folder, "values.schema.json"));

    private JsonNode Pod(string values) =>
        chart.Manifests(values).Single(m => m["kind"]!.GetValue<string>() == "ScaledJob")["spec"]!["jobTargetRef"]!["template"]!["spec"]!;
}
