using System.Net;
using Sluice.Control;
using Sluice.Control.Configuration;
using Sluice.Control.Offsets;
using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// What one RTSP connection's core asks of the engine: looks channels up, reserves clients, knows which ring the
/// connection's interleaved frames go into. One control thread at a time.
/// </summary>
internal sealed class LiveAdmission(LiveEngine engine, IRtspPeer peer) : IClientAdmission
{
    private int _frameShard = -1;

    public bool TryFindChannel(string name, out ChannelDescription channel)
    {
        var live = engine.FindChannel(name);
        channel = live?.Description!;
        return live is not null;
    }

    public AdmissionResult TryAdmit(in ClientRequest request, out ClientGrant grant)
    {
        grant = default;
        if (engine.FindChannel(request.Channel.Name) is not { } channel)
            return AdmissionResult.Offline;
        if (request.Sibling is null && engine.RtspSessions >= engine.Config.Limits.RtspSessions)
            return AdmissionResult.NoSlots;
        var wish = Wish(request, channel);
        if (engine.Maker.Make(wish, out _, out _) is not { } client)
            return AdmissionResult.NoSlots;
        if (request.Transport == ClientTransport.Interleaved)
            _frameShard = client.Seat.Shard;
        var ports = request.Transport == ClientTransport.Udp ? engine.Egresses.Ports(wish.Egress, client.Seat.Shard) : default;
        grant = new ClientGrant(LiveClients.ToClientId(client.Id), client.Spec.Ssrc, ports, client.Spec.DelayNs);
        return AdmissionResult.Admitted;
    }

    public MulticastGroup? FindGroup(ChannelDescription channel, int track, IPAddress peer)
    {
        var output = engine.Clients.All.FirstOrDefault(client => LiveDescriptions.IsAnnounceable(client)
            && client.Channel.Name == channel.Name && client.Track.Number == track
            && client.Spec.Address.ToIPAddress().AddressFamily == peer.AddressFamily);
        if (output is null)
            return null;
        var spec = output.Spec;
        return new MulticastGroup(spec.Address.ToIPAddress(), new((ushort)spec.Address.Port, (ushort)spec.RtcpAddress.Port),
            (byte)output.Output!.Ttl, spec.Ssrc, LiveSockets.TryFindSource(output.Egress, spec.Address, out var source, out _) ? source : null);
    }

    public RtspRefusal? WhyNotPublish(ChannelDescription announced) => engine.Publishers.WhyNot(announced);

    public RtspRefusal? TryPublish(in PublishRequest request, out PublishGrant grant) =>
        engine.Publishers.TryAdmit(request, new IPEndPoint(request.PeerAddress, peer.Port), out grant);

    public void Record(ClientId client) => engine.Publishers.Record(client, SystemClock.Now);

    public void SetOffsets(ChannelDescription channel, IReadOnlyList<ProviderOffset> offsets)
    {
        if (engine.FindChannel(channel.Name) is { } live)
            engine.Offsets.Set(live, offsets);
    }

    public bool HasRoom(ClientId client) => engine.Publishers.HasRoom(client);

    // Not by the time of the request: until a replay was opened and the clients were held, packets have left.
    public IReadOnlyList<PlayPosition> NextPositions(IReadOnlyList<ClientId> clients)
    {
        var now = SystemClock.Now;
        return [.. clients.Select(client => Find(client) is { } live ? NextPosition(live, now) : default)];
    }

    private static PlayPosition NextPosition(LiveClient live, MonotonicTime now)
    {
        var progress = live.Spec.Progress;
        if (!live.HasPlayed || progress.LastSentNs == 0)
            return live.First;
        // After a pause the numbers go on, and media time has gone on with the clock.
        var pausedTicks = (now.Ns + (live.Replay?.LagNs ?? 0) - progress.LastSentNs) / 1e9 * live.Track.Media.ClockRate;
        return new PlayPosition((ushort)progress.NextSequence, progress.LastTimestamp + (uint)(long)pausedTicks);
    }

    public MediaSpan? SpanOf(ChannelDescription channel, MonotonicTime now) =>
        engine.FindChannel(channel.Name) is { } live ? engine.Times.SpanOf(live) : null;

    public RtspRefusal? TryGo(IReadOnlyList<ClientId> clients, in PlayPlace place, MonotonicTime now, out long startNs)
    {
        var found = new List<LiveClient>(clients.Count);
        foreach (var client in clients)
            if (Find(client) is { } live)
                found.Add(live);
        return engine.Times.TryGo(found, place, out startNs);
    }

    public ReplayNews NewsOf(ClientId client, MonotonicTime now) => Find(client) is { } live ? LiveTimes.NewsOf(live) : ReplayNews.None;

    private LiveClient? Find(ClientId client) => engine.Clients.Find(LiveClients.FromClientId(client));

    public void OnInterleaved(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (engine.Publishers.TryTake(client, isRtcp, packet, now))
            return;
        if (isRtcp && engine.Clients.Find(LiveClients.FromClientId(client)) is { } live)
            ClientReports.TryTake(packet, live.Spec, now, engine.Clock);
    }

    private ClientWish Wish(in ClientRequest request, LiveChannel channel)
    {
        var isUdp = request.Transport == ClientTransport.Udp;
        return new ClientWish
        {
            Channel = channel,
            Track = request.Track,
            Sibling = request.Sibling is { } sibling ? engine.Clients.Find(LiveClients.FromClientId(sibling)) : null,
            Shard = isUdp ? -1 : _frameShard,
            Kind = isUdp ? Control.Status.ClientKind.RtspUdp : Control.Status.ClientKind.RtspTcp,
            Transport = isUdp ? Flow.ClientKind.RtpOverUdp : Flow.ClientKind.RtpFramed,
            To = new IPEndPoint(request.PeerAddress, isUdp ? request.Ports.Rtp : 0),
            TakesRtx = request.HasFeedback,
            RtcpPort = isUdp ? request.Ports.Rtcp : null,
            Egress = new EgressKey(request.PeerAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6, null, OutputConfig.UnicastTtlDefault),
            StartsInstantly = true,
            Frames = isUdp ? null : peer.Frames,
            RtpChannel = (byte)request.Ports.Rtp,
            RtcpChannel = (byte)request.Ports.Rtcp,
        };
    }
}
