using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>What a new client is to be.</summary>
internal sealed record ClientWish
{
    public required LiveChannel Channel { get; init; }
    public int Track { get; init; }
    public required Control.Status.ClientKind Kind { get; init; }
    public required Flow.ClientKind Transport { get; init; }
    public required IPEndPoint To { get; init; }

    /// <summary>Where reports go; null = the next port.</summary>
    public int? RtcpPort { get; init; }
    public EgressKey Egress { get; init; }

    /// <summary>Null = by the channel's rule.</summary>
    public long? DelayNs { get; init; }

    /// <inheritdoc cref="LiveClient.TimeoutNs"/>
    public long? TimeoutNs { get; init; }

    /// <summary>Whether it begins at the last random access point (where the channel keeps one); never for a group.</summary>
    public bool StartsInstantly { get; init; }

    /// <summary>The client of another track that this one belongs to: it has the same delay and the same send loop.</summary>
    public LiveClient? Sibling { get; init; }

    /// <summary>The only send loop that may serve it: clients of one frame ring have one; −1 = any.</summary>
    public int Shard { get; init; } = -1;

    /// <summary>Whether the client took the offer of a retransmission stream.</summary>
    public bool TakesRtx { get; init; }
    public FrameRing? Frames { get; init; }

    /// <summary>Called once when the client has been ended, by whomever; must not block.</summary>
    public Action? OnGone { get; init; }
    public byte RtpChannel { get; init; }
    public byte RtcpChannel { get; init; } = 1;

    /// <summary>The feed that it gets; null = the channel's own.</summary>
    public int? Feed { get; init; }

    /// <summary>What it repeats; null = nothing.</summary>
    public LoopFeed? Loop { get; init; }

    /// <summary>The output that it is to be, when it is one.</summary>
    public Control.Configuration.OutputConfig? Output { get; init; }
}

/// <summary>Makes clients: chooses delay, SSRC, first sequence number and timestamp, reserves the row. Any control thread.</summary>
internal sealed class ClientMaker(EngineCore<DatagramSocket> core, EgressPool egresses, LiveClients clients, int clientsMax)
{
    /// <summary>The client, not yet playing; null with the reason when there is no room or no way out.</summary>
    public LiveClient? Make(ClientWish wish, out AddOutputRefusal refusal, out string reason)
    {
        (refusal, reason) = (AddOutputRefusal.Busy, $"the limit of {clientsMax} clients is reached");
        if (clients.Count >= clientsMax || !core.Desk.TryReserve(out var seat, wish.Shard >= 0 ? wish.Shard : wish.Sibling?.Seat.Shard ?? -1))
            return null;
        var egress = 0;
        if (wish.Transport is not (Flow.ClientKind.RtpFramed or Flow.ClientKind.TsStream) && !egresses.TryGet(wish.Egress, out egress, out reason))
        {
            core.Desk.Remove(seat);
            refusal = AddOutputRefusal.Unusable;
            return null;
        }
        var (index, delayNs) = (wish.DelayNs ?? wish.Sibling?.Spec.DelayNs) is { } own ? (-1, own) : wish.Channel.TakeDelay();
        var id = clients.NextId();
        var client = new LiveClient
        {
            Id = id,
            Channel = wish.Channel,
            Track = wish.Channel.Tracks[wish.Track],
            IsFollower = wish.Sibling is not null,
            Kind = wish.Kind,
            Seat = seat,
            Spec = Spec(wish, egress, delayNs),
            DelayIndex = index,
            TimeoutNs = wish.TimeoutNs,
            OnGone = wish.OnGone,
            Address = wish.To.ToString(),
            Output = wish.Output,
            Bundle = wish.Output is null ? null : wish.Sibling?.Bundle ?? new OutputBundle(id, (ushort)wish.To.Port),
            Loop = wish.Loop,
            Egress = wish.Egress,
            Since = SystemClock.WallNow.ToDateTimeOffset(),
            First = new PlayPosition((ushort)RandomNumberGenerator.GetInt32(1 << 15), RandomUInt32()),
        };
        if (wish.Loop is { } loop)
            loop.Client = client.Id;    // before it plays: a loop may end from then on
        clients.Add(client);
        return client;
    }

    /// <summary>Starts or resumes a client at a position.</summary>
    public bool TryPlay(LiveClient client, PlayPosition position)
    {
        client.HasPlayed = true;
        client.Replay?.Begin(position);
        return core.Desk.TryPlay(client.Seat, client.Seated, position.FirstSequence, position.FirstTimestamp);
    }

    private static ClientSpec Spec(ClientWish wish, int egress, long delayNs)
    {
        var to = DatagramAddress.From(wish.To);
        return new ClientSpec
        {
            Kind = wish.Transport,
            Feed = wish.Feed ?? wish.Channel.Tracks[wish.Track].Feed,
            DelayNs = delayNs,
            Ssrc = RandomUInt32(),
            Address = to,
            RtcpAddress = to.WithPort((ushort)(wish.RtcpPort ?? Math.Min(wish.To.Port + 1, ushort.MaxValue))),
            Egress = egress,
            StartsAtAccess = wish.StartsInstantly && !MediaAddress.IsMulticast(wish.To.Address),
            Frames = wish.Frames,
            Reports = wish.Transport is not (Flow.ClientKind.TsStream or Flow.ClientKind.RawOverUdp),
            Retransmit = Retransmit(wish, to),
            RtpChannel = wish.RtpChannel,
            RtcpChannel = wish.RtcpChannel,
        };
    }

    // Only a receiver of its own: what one of a group has lost, the others need not have again.
    private static RetransmitState? Retransmit(ClientWish wish, in DatagramAddress to)
    {
        var config = wish.Channel.Config.Retransmit;
        if (config.Mode == Control.Configuration.RetransmitMode.Off || wish.Transport != Flow.ClientKind.RtpOverUdp || to.IsMulticast)
            return null;
        var isRtx = config.Mode == Control.Configuration.RetransmitMode.Rtx && wish.TakesRtx;
        return new RetransmitState(
            isRtx ? RetransmitMode.Rtx : RetransmitMode.Same, config.RatePercent / 100.0, config.TimeNs,
            RandomUInt32(), RetransmitOffer.RtxPayloadType(wish.Channel.Tracks[wish.Track].Media));
    }

    // RFC 3550 §5.1: SSRC, first sequence number and timestamp are random. The first sequence number stays below 2^15,
    // because receivers that decrypt or extend numbers go wrong when the first packets are lost at a wrap (RFC 3711 §3.3.1).
    private static uint RandomUInt32()
    {
        var number = 0u;
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref number)));
        return number;
    }
}
