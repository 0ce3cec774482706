using System.Text;
using Microsoft.Extensions.Configuration;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;

namespace Vfi.Tests.Hosting;

public sealed class SettingsSectionTests
{
    [Theory]
    [InlineData("HealthAddress")]
    [InlineData("ParallelJobs")]
    [InlineData("Checkpoint")]
    public void Null_does_not_take_the_place_of_a_default(string key)
    {
        var e = Assert.Throws<VfiException>(() => Bind(WorkerOptions.Section, key, new WorkerOptions()));
        Assert.Equal((FailureKind.BadInput, $"Worker:{key}: is null; leave it out, or give a value"), (e.Kind, e.Message));
    }

    [Fact]
    public void Null_is_none_where_there_may_be_none()
    {
        JobOptions jobs = Bind(JobOptions.Section, "Crf", new JobOptions());
        Assert.Null(jobs.Crf);
        Assert.Equal(["videos"], Bind(StoreOptions.Section, "InputContainers", new StoreOptions()).Inputs);
    }

    private static T Bind<T>(string section, string key, T options)
        where T : class
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "{{section}}": { "{{key}}": null } }"""));
        SettingsSection.Bind(new ConfigurationBuilder().AddJsonStream(json).Build().GetSection(section), options);
        return options;
    }
}
