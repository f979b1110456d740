using Sluice.Linux;

namespace Sluice.Scenarios.Runner;

/// <summary>A piece of work on a thread of its own, on one core.</summary>
internal static class Pinned
{
    public static void Run(int core, Action work)
    {
        var thread = new Thread(() =>
        {
            ThreadControl.PinToCore(core);
            work();
        });
        thread.Start();
        thread.Join();
    }
}
