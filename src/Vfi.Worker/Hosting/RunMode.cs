namespace Vfi.Worker.Hosting;

/// <summary>How long the worker runs.</summary>
/// <param name="Once">One job.</param>
/// <param name="Drain">Until the queue has been empty for <see cref="WorkerOptions.DrainSeconds"/>.</param>
internal sealed record RunMode(bool Once, bool Drain);
