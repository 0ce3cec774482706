using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Vfi.Pipeline;

namespace Vfi.Worker.Hosting;

/// <summary>Logs to the console: a line an event, or JSON objects for collectors (Logging:Console:FormatterName).</summary>
internal static class LoggingSettings
{
    private const string Section = "Logging";
    private const string FormatterKey = Section + ":Console:FormatterName";
    private const string Timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ";
    private static readonly string[] Formatters = [ConsoleFormatterNames.Simple, ConsoleFormatterNames.Json, ConsoleFormatterNames.Systemd];

    /// <param name="builder">Its configuration holds the settings.</param>
    /// <param name="quiet">Only warnings are logged, to stderr.</param>
    /// <exception cref="VfiException">There is no such formatter or level (bad input).</exception>
    public static void Apply(HostApplicationBuilder builder, bool quiet)
    {
        Check(builder.Configuration);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection(Section));
        builder.Logging.SetMinimumLevel(quiet ? LogLevel.Warning : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // Before the console, so that the settings change what is said here.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.FormatterName = ConsoleFormatterNames.Simple);
        builder.Services.Configure<SimpleConsoleFormatterOptions>(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, Timestamp + " ", true));
        builder.Services.Configure<JsonConsoleFormatterOptions>(o => (o.IncludeScopes, o.TimestampFormat, o.UseUtcTimestamp) = (true, Timestamp, true));
        builder.Logging.AddConsole(o => o.LogToStandardErrorThreshold = quiet ? LogLevel.Trace : o.LogToStandardErrorThreshold);
    }

    private static void Check(IConfiguration configuration)
    {
        if (configuration[FormatterKey] is { } formatter && !Formatters.Contains(formatter, StringComparer.OrdinalIgnoreCase))
            throw VfiException.BadInput($"{FormatterKey} {formatter}: must be one of {string.Join(", ", Formatters)}");
        foreach (var level in ((string[])[Section, Section + ":Console"]).SelectMany(s => configuration.GetSection(s + ":LogLevel").GetChildren()))
        {
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
                throw VfiException.BadInput($"{level.Path} {level.Value}: must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}");
        }
    }
}
