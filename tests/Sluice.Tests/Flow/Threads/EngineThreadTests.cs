using Sluice.Flow;
using Sluice.Linux;
using Sluice.Tests.Linux.Sockets;

namespace Sluice.Tests.Flow.Threads;

public class EngineThreadTests
{
    private const int Passes = 200;
    private const long PatienceNs = 50_000_000;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    /// <summary>Its next pass is always due in half a millisecond, its input is never read, and so always there.</summary>
    private sealed class TickingLoop : IEngineLoop
    {
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Looks, PassesRun;
        public MonotonicTime FirstLook, LastLook;

        public string Role => "ticking";
        public LoopGate Gate { get; } = new();
        public MonotonicTime NextDeadline => SystemClock.Now + 500_000;
        public bool HasInput => false;

        public int DoWork(MonotonicTime now)
        {
            if (++PassesRun == Passes)
                Done.SetResult();
            return 0;
        }

        public void AnnounceSleep() => Gate.AnnounceSleep(wantsTrains: false);

        public void OnReadable(int tag)
        {
            if (Done.Task.IsCompleted)
                return;
            LastLook = SystemClock.Now;
            FirstLook = Looks++ == 0 ? LastLook : FirstLook;
        }
    }

    [Fact]
    public void AThreadWithPatienceLooksAtARunningStreamOnceAPatience()
    {
        var loop = Run(EngineProfile.Balanced, PatienceNs);
        Assert.InRange(loop.Looks, 1, 2 + (loop.LastLook - loop.FirstLook) / PatienceNs);
    }

    [Theory, InlineData(EngineProfile.Balanced, 0), InlineData(EngineProfile.Precise, PatienceNs)]
    public void AThreadWithoutPatienceOrOneThatSpinsLooksInEveryPass(EngineProfile profile, long patienceNs)
    {
        var loop = Run(profile, patienceNs);
        Assert.InRange(loop.Looks, Passes - 1, Passes);
    }

    private static TickingLoop Run(EngineProfile profile, long patienceNs)
    {
        var loop = new TickingLoop();
        using var socket = Loopback.Receiver();
        using var sender = Loopback.Sender();
        Assert.Equal(1, sender.SendTo(Loopback.To(socket), [0]));
        using (var thread = new EngineThread([loop], IdleStrategy.Of(profile), null, (_, fault) => throw fault, patienceNs))
        {
            Assert.True(thread.TryWatch(loop, socket.Handle, 0));
            thread.Start();
            Assert.True(loop.Done.Task.Wait(s_bound), $"{loop.PassesRun} passes");
        }
        return loop;
    }
}
