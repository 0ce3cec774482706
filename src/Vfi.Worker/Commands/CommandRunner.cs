using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Options;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Queues;
using Vfi.Worker.Storage;

namespace Vfi.Worker.Commands;

/// <summary>Runs the command that was asked for, and turns failures into one line on stderr and an exit code.</summary>
internal static class CommandRunner
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Cancelled = 130;

    public static RootCommand Create()
    {
        var root = new RootCommand("Raises the frame rate of videos, exactly in time, without touching what it need not touch.");
        root.Subcommands.Add(ConvertCommand.Create());
        root.Subcommands.Add(WorkerCommand.Create());
        root.Subcommands.Add(SubmitCommand.Create());
        root.Subcommands.Add(StatusCommand.Create());
        root.Subcommands.Add(CancelCommand.Create());
        root.Subcommands.Add(DeadLettersCommand.Create());
        root.Subcommands.Add(EvaluateCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(WarmCommand.Create());
        root.Subcommands.Add(EnginesCommand.Create());
        root.Subcommands.Add(ModelsCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        return root;
    }

    public static ParseResult Parse(string[] args) => Create().Parse(HostFactory.Normalize(args));

    public static async Task<int> RunAsync(string[] args)
    {
        var result = Parse(args);
        if ((result.Errors.Count > 0 ? Problem(result) : Empty(result)) is { } problem)
        {
            await Console.Error.WriteLineAsync($"vfi: {problem} (see {FullName(result)} --help)").ConfigureAwait(false);
            return WrongUsage;
        }
        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
            // The worker's host handles signals itself: it needs more than the two seconds that others have to end.
            if (result.CommandResult.Command.Name == WorkerCommand.Name)
                invocation.ProcessTerminationTimeout = null;
            return await result.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (VfiException e)
        {
            await Console.Error.WriteLineAsync($"vfi: {OneLine(e.Message)}").ConfigureAwait(false);
            return (int)e.Kind;
        }
        catch (Exception e) when (Invalid(e) is [_, ..] failures)
        {
            await Console.Error.WriteLineAsync($"vfi: configuration: {OneLine(string.Join("; ", failures))}").ConfigureAwait(false);
            return WrongUsage;
        }
        catch (Exception e) when (e is StoreException or QueueException)
        {
            await Console.Error.WriteLineAsync($"vfi: {OneLine(e.Message)}").ConfigureAwait(false);
            return e is StoreException { Failure: StoreFailure.Denied } or QueueException { IsDenied: true } ? WrongUsage : Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("vfi: cancelled").ConfigureAwait(false);
            return Cancelled;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"vfi: {OneLine(e.Message)}").ConfigureAwait(false);
            return Failed;
        }
        catch (UnauthorizedAccessException e)
        {
            await Console.Error.WriteLineAsync($"vfi: {OneLine(e.Message)}; check the permissions").ConfigureAwait(false);
            return WrongUsage;
        }
    }

    /// <summary>Settings that do not fit; several sections at once come together.</summary>
    private static string[] Invalid(Exception exception) => exception switch
    {
        OptionsValidationException e => [.. e.Failures],
        AggregateException e when e.InnerExceptions.All(i => i is OptionsValidationException) => [.. e.InnerExceptions.SelectMany(Invalid)],
        _ => [],
    };

    private static string Problem(ParseResult result)
    {
        var commands = string.Join(", ", result.CommandResult.Command.Subcommands.Select(c => c.Name));
        if (commands.Length == 0)
            return Unfit(result) ?? result.Errors[0].Message;
        return result.UnmatchedTokens.Count > 0 ? $"{result.UnmatchedTokens[0]}: no such command; there are {commands}" : $"give a command: {commands}";
    }

    /// <summary>What the parser calls unrecognized, or by the name of a type; null: it says it well.</summary>
    private static string? Unfit(ParseResult result)
    {
        if (result.UnmatchedTokens is [var token, ..])
        {
            var output = result.CommandResult.Command.Options.Any(o => o.Name == "--output") ? "; name the output with -o" : "";
            return token.StartsWith('-') ? $"{token}: no such option{Alike(result, token)}" : $"{token}: one argument too many{output}";
        }
        if (result.Errors[0].SymbolResult is not OptionResult { Tokens: [var value], Option: var option })
            return null;
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type == typeof(int) ? $"{option.Name} {value.Value}: must be a whole number" : type == typeof(double) ? $"{option.Name} {value.Value}: must be a number" : null;
    }

    /// <summary>The options with a word that begins as one of what was typed does.</summary>
    private static string Alike(ParseResult result, string token)
    {
        var typed = Beginnings(token.Split('=')[0]).ToHashSet();
        var alike = string.Join(" and ", result.CommandResult.Command.Options.Select(o => o.Name).Where(name => Beginnings(name).Any(typed.Contains)));
        return alike.Length > 0 ? $"; there is {alike}" : "";

        static IEnumerable<string> Beginnings(string name) => name.ToLowerInvariant().Split('-', '_').Where(w => w.Length > 2).Select(w => w[..3]);
    }

    /// <summary>The argument or option whose value is empty, as of a shell's variable that is not set; null: there is none.</summary>
    private static string? Empty(ParseResult result) => result.CommandResult.Children.Where(c => c.Tokens.Any(t => t.Value.Length == 0)).Select(c => c switch
    {
        OptionResult option => $"{option.Option.Name}: the value is empty",
        ArgumentResult argument => $"{argument.Argument.Name}: the value is empty",
        _ => null,
    }).FirstOrDefault();

    private static string FullName(ParseResult result)
    {
        var names = new List<string>();
        for (SymbolResult? at = result.CommandResult; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: var command })
                names.Insert(0, command is RootCommand ? "vfi" : command.Name);
        }
        return string.Join(' ', names);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
