using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Sluice.Control;
using Sluice.Control.Configuration;
using Sluice.Control.Reports;
using Sluice.Control.Rtsp;
using Sluice.Host.Rtsp;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>
/// Who publishes into the channels now: one publisher a channel, whose tracks have ids as clients have. Any control thread; what
/// concerns one publisher comes from the task that runs its connection.
/// </summary>
internal sealed class LivePublishers(LiveEngine engine)
{
    /// <summary>One publisher: its session with the data plane, and how many of its tracks are set up.</summary>
    private sealed class Publisher(IntakeSession session)
    {
        public readonly IntakeSession Session = session;
        public int Tracks;
        public bool HasBegun;
    }

    private readonly record struct Row(Publisher Publisher, int Track, ClientTransport Transport, PortPair Ports);

    private readonly ConcurrentDictionary<ClientId, Row> _rows = new();

    /// <inheritdoc cref="IPublisherAdmission.WhyNotPublish"/>
    public RtspRefusal? WhyNot(ChannelDescription announced)
    {
        if (Find(announced.Name) is not { } intake)
            return Forbidden("the channel has no source \"publish\"");
        if (announced.Tracks.Count > intake.TracksMax)
            return Forbidden($"the channel has room for {intake.TracksMax} tracks, not for {announced.Tracks.Count}");
        return intake.IsTaken ? Forbidden("somebody publishes into the channel already") : null;
    }

    /// <inheritdoc cref="IPublisherAdmission.TryPublish"/>
    public RtspRefusal? TryAdmit(in PublishRequest request, IPEndPoint peer, out PublishGrant grant)
    {
        grant = default;
        if (PublisherOf(request, peer, out var refusal) is not { } publisher)
            return refusal;
        if (WhyNoPorts(publisher, request, out var ports) is { } reason)
        {
            EndIfEmpty(publisher);
            return new RtspRefusal(RtspStatus.ServiceUnavailable, reason);
        }
        grant = new PublishGrant(LiveClients.ToClientId(engine.Clients.NextId()), ports);
        publisher.Tracks++;
        _rows[grant.Client] = new Row(publisher, request.Track, request.Transport, request.Ports);
        return null;
    }

    /// <inheritdoc cref="IPublisherAdmission.Record"/>
    public void Record(ClientId client, MonotonicTime now)
    {
        if (!_rows.TryGetValue(client, out var row))
            return;
        if (row.Transport == ClientTransport.Interleaved)
            row.Publisher.Session.ListenInterleaved(row.Track);
        else
            row.Publisher.Session.Listen(row.Track, row.Ports);
        if (!row.Publisher.HasBegun)
            row.Publisher.Session.Start(now);
        row.Publisher.HasBegun = true;
    }

    /// <summary>A frame of a publisher's connection; false when the id is no publisher's.</summary>
    public bool TryTake(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (!_rows.TryGetValue(client, out var row))
            return false;
        if (isRtcp)
            row.Publisher.Session.OfferReport(row.Track, packet, now);
        else
            row.Publisher.Session.Offer(row.Track, packet, now);
        return true;
    }

    /// <inheritdoc cref="IPublisherAdmission.HasRoom"/>
    public bool HasRoom(ClientId client) => !_rows.TryGetValue(client, out var row) || row.Publisher.Session.HasRoom;

    /// <inheritdoc cref="IRtspEngine.WriteReport"/>
    public void WriteReport(ClientId client, IBufferWriter<byte> replies, MonotonicTime now)
    {
        if (!_rows.TryGetValue(client, out var row))
            return;
        Span<byte> report = stackalloc byte[TrackReports.BytesMax];
        if (row.Publisher.Session.TakeReport(row.Track, report, now) is > 0 and var length)
            new InterleavedFrame((byte)row.Ports.Rtcp, report[..length]).Write(replies);
    }

    /// <summary>An order to a publisher's track; false when the id is no publisher's.</summary>
    public bool TryExecute(in SessionCommand command)
    {
        if (!_rows.TryGetValue(command.Client, out var row))
            return false;
        if (command.Kind is SessionCommandKind.Pause or SessionCommandKind.Remove)
            row.Publisher.Session.Mute(row.Track);
        if (command.Kind == SessionCommandKind.Remove)
            SayBye(row);
        if (command.Kind == SessionCommandKind.Remove && _rows.TryRemove(command.Client, out _))
        {
            row.Publisher.Tracks--;
            EndIfEmpty(row.Publisher);
        }
        return true;
    }

    /// <summary>When any of the publisher's tracks last had a packet; null when the id is no publisher's.</summary>
    public MonotonicTime? LastHeard(ClientId client) =>
        _rows.TryGetValue(client, out var row) ? new MonotonicTime(row.Publisher.Session.LastPacketNs) : null;

    private Publisher? PublisherOf(in PublishRequest request, IPEndPoint peer, out RtspRefusal refusal)
    {
        refusal = default;
        if (request.Sibling is { } sibling)
            return _rows.TryGetValue(sibling, out var row) ? row.Publisher : null;
        if (WhyNot(request.Channel) is { } no)
            refusal = no;
        else if (Find(request.Channel.Name)!.TryBegin(peer, request.Channel.Tracks, out var reason) is { } session)
            return new Publisher(session);
        else
            refusal = Forbidden(reason);
        return null;
    }

    // Over TCP nobody may be there any more, and the end of the connection or TEARDOWN's answer says as much.
    private static void SayBye(in Row row)
    {
        if (row.Publisher.HasBegun && row.Transport == ClientTransport.Udp)
            row.Publisher.Session.TakeReport(row.Track, stackalloc byte[TrackReports.BytesMax], SystemClock.Now, leaving: true);
    }

    private static string? WhyNoPorts(Publisher publisher, in PublishRequest request, out PortPair ports)
    {
        ports = default;
        return request.Transport != ClientTransport.Udp || publisher.Session.TryOpenPorts(request.Track, out ports, out var reason) ? null : reason;
    }

    private static void EndIfEmpty(Publisher publisher)
    {
        if (publisher.Tracks == 0)
            publisher.Session.Dispose();
    }

    private SessionIntake? Find(string channel) => engine.Intakes.FirstOrDefault(
        intake => intake.Source.Url.Scheme == MediaScheme.Publish && intake.Channel.Name.Equals(channel, StringComparison.OrdinalIgnoreCase));

    private static RtspRefusal Forbidden(string reason) => new(RtspStatus.Forbidden, reason);
}
