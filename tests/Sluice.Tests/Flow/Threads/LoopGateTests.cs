using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Tests.Flow.Threads;

public class LoopGateTests
{
    private const int Rounds = 100_000;
    private const long PatienceNs = 10_000_000_000;

    [Theory, InlineData(false), InlineData(true)]
    public void ASleepingLoopIsAlwaysWoken(bool byTrains)
    {
        using var poller = new Poller();
        var gate = new LoopGate { Poller = poller };
        var (writer, reader) = SpscRing.Create<int>(4);
        var (sleeps, consumed) = (0, 0);
        TwoThreads.Run(
            over =>
            {
                var random = new Random(3);
                for (var i = 0; i < Rounds; i++)
                {
                    // One entry at a time: a second knock would make up for a lost first one.
                    while (Volatile.Read(ref consumed) != i)
                        over.ThrowIfCancellationRequested();
                    for (var dawdle = random.Next(60); dawdle > 0; dawdle--)
                        Volatile.Read(ref consumed);
                    writer.TryAdd(in i);
                    writer.Publish();
                    if (byTrains)
                        gate.NotifyTrain();
                    else
                        gate.Notify();
                }
            },
            over =>
            {
                var random = new Random(5);
                for (var next = 0; next < Rounds;)
                {
                    gate.BeginPass(new MonotonicTime(1));
                    while (reader.TryTake(out var item))
                    {
                        Assert.Equal(next++, item);
                        Volatile.Write(ref consumed, next);
                    }
                    // Both sides dawdle a little at random, so that the announcement and the entry meet in every order.
                    for (var dawdle = random.Next(60); dawdle > 0; dawdle--)
                        Volatile.Read(ref consumed);
                    gate.AnnounceSleep(wantsTrains: byTrains);
                    if (reader.Count > 0 || next == Rounds)
                        continue;
                    sleeps++;
                    var before = SystemClock.Now;
                    poller.Wait(PatienceNs, []);
                    if (SystemClock.Now - before >= PatienceNs)
                        Assert.Fail($"nobody knocked after entry {next}");
                }
            });
        Assert.True(sleeps > 100, $"{sleeps} sleeps are no stress");
    }

    [Fact]
    public void ALoopThatDoesNotWantTrainsIsNotWokenByThem()
    {
        var gate = new LoopGate();
        gate.AnnounceSleep(wantsTrains: false);
        gate.NotifyTrain();
        Assert.True(gate.IsAsleep);
        gate.Notify();
        Assert.False(gate.IsAsleep);
    }

    [Fact]
    public void OthersSeeTheStartOfThePassAndNothingWhileItSleeps()
    {
        var gate = new LoopGate();
        Assert.Equal(long.MaxValue, gate.PassNs);
        gate.BeginPass(new MonotonicTime(42));
        Assert.Equal(42, gate.PassNs);
        gate.AnnounceSleep(wantsTrains: true);
        Assert.Equal(long.MaxValue, gate.PassNs);
    }
}
