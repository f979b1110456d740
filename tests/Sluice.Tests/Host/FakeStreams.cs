using System.Collections.Concurrent;
using Sluice.Control.Configuration;
using Sluice.Control.Playback;
using Sluice.Control.Relays;
using Sluice.Control.Status;
using Sluice.Host.Streams;

namespace Sluice.Tests.Host;

/// <summary>An engine's HTTP-TS side that a test drives: who watches, and the rings to write packets into.</summary>
internal sealed class FakeStreams : IStreamEngine
{
    private long _lastId = 1000;

    public StreamCounters Counters { get; } = new();

    /// <summary>Everybody who joined, by the id that he was given.</summary>
    public ConcurrentDictionary<ulong, StreamViewer> Viewers { get; } = new();

    /// <summary>What was joined, in order.</summary>
    public ConcurrentQueue<string> Joined { get; } = new();

    public SlowReader Slow { get; set; } = SlowReader.Skip;

    /// <summary>What "news" keeps.</summary>
    public MediaSpan? Span { get; set; }

    /// <summary>"news" is MPEG-TS, "camera" is not, "full" has no room.</summary>
    public IStreamSource? FindChannel(string name) => name.ToLowerInvariant() switch
    {
        "news" => new Source(this, "news", "MP2T") { Span = Span },
        "camera" => new Source(this, "camera", "H264"),
        "full" => new Source(this, "full", "MP2T"),
        _ => null,
    };

    /// <summary>Every group is there, under the name that was asked for.</summary>
    public IStreamSource? OpenRelay(RelayRequest request) => new Source(this, request.ToString(), "MP2T");

    private sealed class Source(FakeStreams streams, string name, string encoding) : IStreamSource
    {
        public string Name => name;
        public string Media => $"{encoding}/90000";
        public bool IsTransportStream => encoding == "MP2T";
        public SlowReader Slow => streams.Slow;
        public MediaSpan? Span { get; init; }

        public AddOutputResult Join(StreamViewer viewer)
        {
            if (name == "full")
                return AddOutputResult.Refused(AddOutputRefusal.Busy, "the limit of 0 viewers is reached");
            var id = (ulong)Interlocked.Increment(ref streams._lastId);
            streams.Joined.Enqueue(name);
            streams.Viewers[id] = viewer;
            return AddOutputResult.Added(id);
        }
    }
}
