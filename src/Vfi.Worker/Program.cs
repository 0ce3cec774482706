using System.CommandLine;
using Vfi.Worker.Commands;

var root = new RootCommand("Raises the frame rate of videos, exactly in time, without touching what it need not touch.");
root.Subcommands.Add(ConvertCommand.Create());
root.Subcommands.Add(WorkerCommand.Create());
root.Subcommands.Add(SubmitCommand.Create());
root.Subcommands.Add(StatusCommand.Create());
root.Subcommands.Add(EvaluateCommand.Create());
root.Subcommands.Add(BenchCommand.Create());
root.Subcommands.Add(WarmCommand.Create());
root.Subcommands.Add(EnginesCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
return await CommandRunner.RunAsync(root, args).ConfigureAwait(false);
