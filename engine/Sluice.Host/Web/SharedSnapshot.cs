using System.Text.Json;
using Sluice.Control.Status;
using Sluice.Host.Running;
using Sluice.Linux;

namespace Sluice.Host.Web;

/// <summary>
/// The engine as the API shows it: not older than 20 ms, and never older than the last change that was made by the API. A thousand requests a second
/// are answered from fifty snapshots and their texts: what each would allocate anew makes collections, and each of those stands the sending threads still
/// for half a millisecond. Any thread.
/// </summary>
internal sealed class SharedSnapshot(IEngine engine)
{
    private const long ShownForNs = 20_000_000;

    private sealed record Shown(EngineSnapshot Snapshot, long AtNs, int Changes)
    {
        private byte[]? _status, _channels;

        public byte[] Status => _status ??= JsonSerializer.SerializeToUtf8Bytes(Snapshot, HostJson.Default.EngineSnapshot);
        public byte[] Channels => _channels ??= JsonSerializer.SerializeToUtf8Bytes(new(Snapshot.Channels), HostJson.Default.ChannelList);
    }

    private volatile Shown? _shown;
    private int _changes;

    public Task StatusAsync(HttpContext context) => Problems.WriteAsync(context, Now.Status);

    public Task ChannelsAsync(HttpContext context) => Problems.WriteAsync(context, Now.Channels);

    private Shown Now
    {
        get
        {
            var (shown, nowNs, changes) = (_shown, SystemClock.Now.Ns, Volatile.Read(ref _changes));
            if (shown is not null && nowNs - shown.AtNs < ShownForNs && shown.Changes == changes)
                return shown;
            return _shown = new Shown(engine.Snapshot(), nowNs, changes);
        }
    }

    /// <summary>A route that changes something: who has its answer sees what it did.</summary>
    public RequestDelegate Changing(RequestDelegate route) => context =>
    {
        context.Response.OnStarting(() =>
        {
            Interlocked.Increment(ref _changes);
            return Task.CompletedTask;
        });
        return route(context);
    };
}
