using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Tests.Flow.Threads;

public class LoopGateTests
{
    private const int Rounds = 100_000;
    private const long PatienceNs = 20_000_000_000;

    [Theory, InlineData(false), InlineData(true)]
    public void ASleepingLoopIsAlwaysWoken(bool byTrains)
    {
        using var poller = new Poller();
        var gate = new LoopGate { Poller = poller };
        var (writer, reader) = SpscRing.Create<int>(4);
        var sleeps = 0;
        TwoThreads.Run(
            over =>
            {
                var random = new Random(3);
                for (var i = 0; i < Rounds; i++)
                {
                    while (!writer.TryWrite(in i))
                        TwoThreads.Yield(over);
                    if (byTrains)
                        gate.NotifyTrain();
                    else
                        gate.Notify();
                    Thread.SpinWait(random.Next(60));
                }
            },
            over =>
            {
                for (var next = 0; next < Rounds;)
                {
                    gate.BeginPass(new MonotonicTime(1));
                    while (reader.TryRead(out var item))
                        Assert.Equal(next++, item);
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
