using System.Threading.Tasks.Sources;

namespace Sluice.Host.Rtsp;

/// <summary>
/// Wakes one task: rung any number of times, it is heard once. Waiting allocates nothing, which a channel with a token does. Any thread
/// rings or closes, one task waits.
/// </summary>
internal sealed class Doorbell : IValueTaskSource<bool>
{
    private const int Quiet = 0, Awaited = 1, Rung = 2, Closed = 3;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public void Ring()
    {
        if (Interlocked.CompareExchange(ref _state, Rung, Quiet) == Awaited
            && Interlocked.CompareExchange(ref _state, Quiet, Awaited) == Awaited)
            _wait.SetResult(true);
    }

    /// <summary>From here on waiting ends at once.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Awaited)
            _wait.SetResult(false);
    }

    /// <summary>True when it was rung since the last time, false when it is closed.</summary>
    public ValueTask<bool> WaitAsync()
    {
        _wait.Reset();
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _state, Awaited, Quiet);
            if (before == Quiet)
                return new ValueTask<bool>(this, _wait.Version);
            if (before == Closed)
                return new ValueTask<bool>(false);
            if (Interlocked.CompareExchange(ref _state, Quiet, Rung) == Rung)
                return new ValueTask<bool>(true);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
