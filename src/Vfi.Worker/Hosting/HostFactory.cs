using System.CommandLine;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vfi.Pipeline;

namespace Vfi.Worker.Hosting;

/// <summary>
/// Makes hosts configured the standard way: appsettings.json beside the program, the file of --config, environment
/// variables (Queue__Kind), the command line (--Queue:Kind=ServiceBus); the later wins.
/// </summary>
internal static partial class HostFactory
{
    public static readonly Option<string?> Config = new("--config") { Description = "A JSON file of settings such as {\"Queue\": {\"Kind\": \"ServiceBus\"}}; so can the environment (Queue__Kind) and the command line (--Queue:Kind=ServiceBus)." };

    public static readonly Option<string[]> Set = new("--set") { Description = "A setting: Section:Key=value. --Section:Key=value is the same." };

    /// <summary>Lets a command take settings.</summary>
    public static void AcceptSettings(Command command)
    {
        command.Options.Add(Config);
        command.Options.Add(Set);
    }

    /// <summary>Makes <c>--set Section:Key=value</c> of <c>--Section:Key=value</c>, the way in which .NET programs take settings.</summary>
    public static string[] Normalize(string[] arguments) =>
        [.. arguments.SelectMany(a => SettingArgument().IsMatch(a) ? (string[])["--set", a[2..]] : [a])];

    /// <param name="arguments">Of a command that accepts settings.</param>
    /// <param name="quiet">Only warnings are logged.</param>
    /// <exception cref="VfiException">A malformed setting, or no such file (bad input).</exception>
    public static HostApplicationBuilder Create(ParseResult arguments, bool quiet)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        Configure(builder.Configuration, arguments);
        LoggingSettings.Apply(builder, quiet);
        builder.Services.AddVfi(builder.Configuration);
        return builder;
    }

    /// <summary>One section of the settings, for commands without a host.</summary>
    /// <exception cref="VfiException">A malformed or unknown setting (bad input).</exception>
    public static T Read<T>(ParseResult arguments, string section)
        where T : class, new()
    {
        var configuration = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory);
        Configure(configuration, arguments);
        var options = new T();
        SettingsSection.Bind(configuration.Build().GetSection(section), options);
        var problems = string.Join("; ", SettingsSection.Problems(section, options));
        return problems.Length == 0 ? options : throw VfiException.BadInput($"configuration: {problems}");
    }

    private static void Configure(IConfigurationBuilder configuration, ParseResult arguments)
    {
        var settings = arguments.GetValue(Set) ?? [];
        foreach (var setting in settings)
        {
            if (!SettingArgument().IsMatch("--" + setting))
                throw VfiException.BadInput($"--set {setting}: must be Section:Key=value");
        }
        configuration.AddJsonFile("appsettings.json", optional: true);
        if (arguments.GetValue(Config) is { } file)
        {
            if (!File.Exists(file))
                throw VfiException.BadInput($"--config {file}: no such file");
            try
            {
                configuration.AddJsonFile(Path.GetFullPath(file), optional: false);
            }
            catch (InvalidDataException e)
            {
                throw VfiException.BadInput($"--config {file}: {e.InnerException?.Message ?? e.Message}", e);
            }
        }
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine([.. settings.Select(s => "--" + s)]);
    }

    [GeneratedRegex("^--[A-Za-z]+(:[A-Za-z0-9]+)+=")]
    private static partial Regex SettingArgument();

    /// <summary>Exports metrics, traces and logs where the environment names an endpoint (OTEL_EXPORTER_OTLP_ENDPOINT).</summary>
    public static void AddTelemetry(HostApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("vfi-worker", serviceVersion: VideoConverter.Version))
            .WithMetrics(m => m.AddMeter(WorkerTelemetry.Name).AddOtlpExporter())
            .WithTracing(t => t.AddSource(WorkerTelemetry.Name).AddOtlpExporter())
            .WithLogging(l => l.AddOtlpExporter(), o => o.IncludeScopes = true);
    }
}
