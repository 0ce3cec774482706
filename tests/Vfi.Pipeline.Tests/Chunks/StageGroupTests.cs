using System.Threading.Channels;
using Vfi.Pipeline.Chunks;

namespace Vfi.Tests.Chunks;

public sealed class StageGroupTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_stage_that_dies_ends_the_others_and_its_own_error_surfaces(int dying)
    {
        var first = Channel.CreateBounded<int>(1);
        var second = Channel.CreateBounded<int>(1);
        using var stages = new StageGroup(default);
        void DieAt(int stage, int item)
        {
            if (stage == dying && item == 5)
                throw new InvalidDataException($"stage {stage}");
        }
        stages.Start(async token =>
        {
            for (var i = 0; ; i++)
            {
                DieAt(0, i);
                await first.Writer.WriteAsync(i, token);
            }
        });
        stages.Start(async token =>
        {
            await foreach (var i in first.Reader.ReadAllAsync(token))
            {
                DieAt(1, i);
                await second.Writer.WriteAsync(i, token);
            }
        });
        stages.Start(async token =>
        {
            await foreach (var i in second.Reader.ReadAllAsync(token))
                DieAt(2, i);
        });
        var e = await Assert.ThrowsAsync<InvalidDataException>(() => stages.WhenAllAsync().WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal($"stage {dying}", e.Message);
    }

    [Fact]
    public async Task Cancelling_from_outside_is_a_cancellation()
    {
        using var stop = new CancellationTokenSource();
        using var stages = new StageGroup(stop.Token);
        stages.Start(token => Task.Delay(Timeout.Infinite, token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stages.WhenAllAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
