using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Rtsp;

/// <summary>
/// Wakes the writers of those connections that have frames waiting, and the connections whose time has come: one look through all of
/// them twice a second costs less than a timer each. The send thread only writes an eventfd, and only when the pump waits; a thread of
/// the pump's own does the waking.
/// </summary>
internal sealed class FramePump : IFramePump, IDisposable
{
    private readonly Poller _ready = new();
    private readonly Lock _lock = new();
    private readonly Thread _thread;

    // A writer keeps its place while it is here, so that the pump, which reads without the lock, misses nobody when others come and
    // go. Places are used again; the array is copied when it grows, and that is rare.
    private readonly Stack<int> _free = new();
    private readonly Dictionary<IFrameSink, int> _places = [];
    private volatile IFrameSink?[] _writers = new IFrameSink?[PlacesFirst];
    private volatile bool _isDone;
    private int _isAwaited = 1;

    public FramePump()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "frame-pump" };
        _thread.Start();
    }

    /// <summary>Called by the send thread, at most once a pass.</summary>
    public void OnFramesReady()
    {
        if (Interlocked.Exchange(ref _isAwaited, 0) != 0)
            _ready.Wake();
    }

    public void Add(IFrameSink writer)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var place))
                place = _places.Count;
            if (place == _writers.Length)
            {
                var larger = new IFrameSink?[2 * place];
                _writers.CopyTo(larger, 0);
                _writers = larger;
            }
            _places.Add(writer, place);
            Volatile.Write(ref _writers[place], writer);
        }
    }

    public void Remove(IFrameSink writer)
    {
        lock (_lock)
        {
            if (!_places.Remove(writer, out var place))
                return;
            Volatile.Write(ref _writers[place], null);
            _free.Push(place);
        }
    }

    public void Dispose()
    {
        _isDone = true;
        _ready.Wake();
        _thread.Join();
        _ready.Dispose();
    }

    /// <summary>A look without being called: the deadlines of connections are ten seconds and more.</summary>
    private const long WaitNs = 500_000_000;

    private const int PlacesFirst = 64;

    private void Run()
    {
        while (true)
        {
            _ready.Wait(WaitNs, []);
            Volatile.Write(ref _isAwaited, 1);
            if (_isDone)
                return;
            var now = SystemClock.Now;
            foreach (var writer in _writers)
                writer?.Look(now);
        }
    }
}
