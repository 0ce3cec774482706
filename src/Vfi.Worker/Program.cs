using Vfi.Worker.Commands;

return await CommandRunner.RunAsync(args).ConfigureAwait(false);
