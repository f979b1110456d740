using System.Runtime.ExceptionServices;

namespace Sluice.Tests.Flow;

/// <summary>Runs bodies at the same time, each on its own thread; what one throws is thrown here, and no wait is endless.</summary>
internal static class TwoThreads
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Run(params Action<CancellationToken>[] bodies)
    {
        using var over = new CancellationTokenSource(Patience);
        ExceptionDispatchInfo? failure = null;
        var threads = bodies.Select(body => new Thread(() =>
        {
            try
            {
                body(over.Token);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                over.Cancel();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failure?.Throw();
    }

    /// <summary>Gives the core away; throws when the time is over or the other side has failed.</summary>
    public static void Yield(CancellationToken over)
    {
        over.ThrowIfCancellationRequested();
        Thread.Yield();
    }
}
