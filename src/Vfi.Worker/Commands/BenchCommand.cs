using System.CommandLine;
namespace Vfi.Worker.Commands;
internal static class BenchCommand { public static Command Create() => new("bench", "x"); }
