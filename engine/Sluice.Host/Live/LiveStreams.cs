using Sluice.Control.Configuration;
using Sluice.Control.Playback;
using Sluice.Control.Relays;
using Sluice.Control.Status;
using Sluice.Host.Streams;

namespace Sluice.Host.Live;

/// <summary>The live engine as HTTP-TS sees it: viewers become clients with a delay of their own, as any other.</summary>
internal sealed class LiveStreams(LiveEngine engine) : IStreamEngine
{
    public StreamCounters Counters { get; } = new();

    public IStreamSource? FindChannel(string name) => engine.FindChannel(name) is { } channel ? new LiveStream(engine, channel) : null;

    public IStreamSource? OpenRelay(RelayRequest request) => engine.Relays?.Open(request);

    /// <summary>Ends the viewers of a channel whose stream turned out not to be MPEG-TS.</summary>
    public void EndUnwatchable(LiveChannel channel)
    {
        if (!LiveStream.CarriesTransportStream(channel))
            foreach (var client in engine.Clients.All.Where(client => client.Channel == channel && client.Kind == ClientKind.Http))
                engine.RemoveClient(client.Id);
    }
}

/// <summary>One channel as HTTP-TS sees it.</summary>
internal sealed class LiveStream(LiveEngine engine, LiveChannel channel) : IStreamSource
{
    public string Name => channel.Name;
    public string Media => $"{channel.Media.EncodingName}/{channel.Media.ClockRate}";
    public bool IsTransportStream => CarriesTransportStream(channel);

    public MediaSpan? Span => engine.Times.SpanOf(channel);

    /// <summary>A client came into being by <see cref="Join"/>, so that it also said (or will say) that it is gone.</summary>
    public bool WasMade { get; private set; }
    public SlowReader Slow => channel.Config.Slow ?? engine.Config.Streams.Slow;

    public static bool CarriesTransportStream(LiveChannel channel) =>
        string.Equals(channel.Media.EncodingName, "MP2T", StringComparison.OrdinalIgnoreCase);

    public AddOutputResult Join(StreamViewer viewer)
    {
        var limit = engine.Config.Limits.HttpViewers;
        if (Volatile.Read(ref engine.Streams.Counters.Watching) >= limit)
            return AddOutputResult.Refused(AddOutputRefusal.Busy, $"the limit of {limit} viewers is reached");
        var wish = new ClientWish
        {
            Channel = channel,
            Kind = ClientKind.Http,
            Transport = Flow.ClientKind.TsStream,
            To = viewer.From,
            StartsInstantly = true,
            Frames = viewer.Ring,
            OnGone = viewer.OnGone,
        };
        if (engine.Maker.Make(wish, out var refusal, out var reason) is not { } client)
            return AddOutputResult.Refused(refusal, reason);
        WasMade = true;
        if (!viewer.Place.IsLive && engine.Times.Begin(client, viewer.Place, viewer.OnEnded) is { } none)
        {
            engine.Clients.Remove(client.Id);
            return AddOutputResult.Refused(AddOutputRefusal.Busy, none);
        }
        if (engine.Maker.TryPlay(client, client.First))
            return AddOutputResult.Added(client.Id);
        engine.Clients.Remove(client.Id);
        return AddOutputResult.Refused(AddOutputRefusal.Busy, "the engine is too busy to take another viewer now");
    }
}
