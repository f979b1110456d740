using Sluice.Flow;

namespace Sluice.Host.Rtsp;

/// <summary>
/// Wakes the writers of those connections that have frames waiting. The send thread only sets an event, which neither
/// waits nor allocates; a thread of the pump's own looks through the connections and does the waking.
/// </summary>
internal sealed class FramePump : IFramePump, IDisposable
{
    private readonly AutoResetEvent _ready = new(false);
    private readonly Lock _lock = new();
    private readonly Thread _thread;

    // Copied on every change (a connection comes or goes), so that the pump reads it without the lock.
    private volatile FrameWriter[] _writers = [];
    private volatile bool _isDone;

    public FramePump()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "frame-pump" };
        _thread.Start();
    }

    /// <summary>Called by the send thread, at most once a pass.</summary>
    public void OnFramesReady() => _ready.Set();

    public void Add(FrameWriter writer)
    {
        lock (_lock)
            _writers = [.. _writers, writer];
    }

    public void Remove(FrameWriter writer)
    {
        lock (_lock)
            _writers = Array.FindAll(_writers, w => w != writer);
    }

    public void Dispose()
    {
        _isDone = true;
        _ready.Set();
        _thread.Join();
        _ready.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _ready.WaitOne();
            if (_isDone)
                return;
            foreach (var writer in _writers)
                writer.WakeIfWaiting();
        }
    }
}
