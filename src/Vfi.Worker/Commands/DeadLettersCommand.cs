using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vfi.Pipeline;
using Vfi.Worker.Hosting;
using Vfi.Worker.Jobs;
using Vfi.Worker.Queues;

namespace Vfi.Worker.Commands;

/// <summary><c>vfi dead-letters</c>: jobs that cannot succeed as they are; to look at, to send again when the cause is gone, or to throw away.</summary>
internal static class DeadLettersCommand
{
    private const string None = "vfi: there are no dead letters";
    private static readonly Argument<string[]> Ids = new("id") { Description = "Ids of jobs (of messages that are no job: their own).", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Reasons = new("--reason") { Description = "All with this reason, such as SourceMissing." };
    private static readonly Option<bool> All = new("--all") { Description = "All." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line." };

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var command = new Command("dead-letters", "Look after the jobs that cannot succeed as they are.");
        var list = new Command("list", "List them with their reasons, the oldest first.");
        list.Options.Add(Json);
        HostFactory.AcceptSettings(list);
        list.SetAction(ListAsync);
        command.Subcommands.Add(list);
        command.Subcommands.Add(Taking("resubmit", "Send jobs again under their ids, once what was wrong is mended; prints the ids.", isSentAgain: true));
        command.Subcommands.Add(Taking("discard", "Throw messages away; prints the ids.", isSentAgain: false));
        return command;
    }

    private static Command Taking(string name, string description, bool isSentAgain)
    {
        var command = new Command(name, description);
        command.Arguments.Add(Ids);
        command.Options.Add(Reasons);
        command.Options.Add(All);
        HostFactory.AcceptSettings(command);
        command.SetAction((arguments, cancellationToken) => TakeAsync(arguments, isSentAgain, cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var json = arguments.GetValue(Json);
        var found = false;
        await foreach (var letter in host.Services.GetRequiredService<IJobQueue>().PeekDeadAsync(cancellationToken).ConfigureAwait(false))
        {
            found = true;
            Console.Out.WriteLine(json ? Line(letter) : $"{IdOf(letter)}  {letter.Reason}  {letter.Description}");
        }
        if (!found)
            await Console.Error.WriteLineAsync(None).ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> TakeAsync(ParseResult arguments, bool isSentAgain, CancellationToken cancellationToken)
    {
        var ids = (arguments.GetValue(Ids) ?? []).ToHashSet(StringComparer.Ordinal);
        var reasons = (arguments.GetValue(Reasons) ?? []).ToHashSet(StringComparer.Ordinal);
        var all = arguments.GetValue(All);
        if (new[] { ids.Count > 0, reasons.Count > 0, all }.Count(given => given) != 1)
            throw VfiException.BadInput("name the jobs by their ids, by --reason, or take them with --all; vfi dead-letters list shows them");
        using var host = HostFactory.Create(arguments, quiet: true).Build();
        var queue = host.Services.GetRequiredService<IJobQueue>();
        using var activity = new Activity("resubmit").Start();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var letter in queue.TakeDeadAsync(
            letter => all || ids.Contains(IdOf(letter)) || reasons.Contains(letter.Reason ?? ""),
            (letter, token) => isSentAgain ? queue.SendAsync(Again(letter, activity.Id), TimeSpan.Zero, token) : Task.CompletedTask,
            cancellationToken).ConfigureAwait(false))
        {
            taken.Add(IdOf(letter));
            Console.Out.WriteLine(IdOf(letter));
        }
        foreach (var id in ids.Except(taken))
            await Console.Error.WriteLineAsync($"vfi: {id}: there is no dead letter of this id").ConfigureAwait(false);
        if (ids.Count == 0 && taken.Count == 0)
            await Console.Error.WriteLineAsync(all ? None : $"{None} of reason {string.Join(", ", reasons)}").ConfigureAwait(false);
        return ids.IsSubsetOf(taken) ? 0 : 1;
    }

    private static string IdOf(DeadLetter letter) => JobMessage.ParseOrNot(letter.Body, letter.MessageId).Id;

    /// <summary>What is no job to this version may be one to the workers.</summary>
    private static OutgoingMessage Again(DeadLetter letter, string? traceParent) => JobMessage.ParseOrNot(letter.Body, letter.MessageId) is (var id, { } job)
        ? JobMessage.Create(id, job, traceParent) : new OutgoingMessage(Guid.NewGuid().ToString("N"), System.Text.Encoding.UTF8.GetString(letter.Body.Span), traceParent);

    private static string Line(DeadLetter letter)
    {
        var (id, job) = JobMessage.ParseOrNot(letter.Body, letter.MessageId);
        return JsonSerializer.Serialize(new { id, job?.Video, letter.Reason, letter.Description, letter.Deliveries, letter.Enqueued, letter.MessageId }, SnakeCase);
    }
}
