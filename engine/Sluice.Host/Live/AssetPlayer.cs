using System.Net;
using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Wire.Rtp;
using ReplayStatus = Sluice.Flow.ReplayStatus;

namespace Sluice.Host.Live;

/// <summary>
/// One channel's source that is a stored object: waits until it is there, and sends it into the channel as a publisher would, each packet with the time at
/// which it is due for its time of arrival. It is played as often as it should be; then another object of that name is waited for.
/// The playout's thread; <see cref="Status"/> any.
/// </summary>
/// <param name="intake">Where its packets go.</param>
/// <param name="find">The object of a name; null when there is none.</param>
/// <param name="log">Says when it begins and ends.</param>
internal sealed class AssetPlayer(SessionIntake intake, Func<string, Asset?> find, ILogger log) : IDisposable
{
    /// <summary>How long before it is due a packet is given to ingest: what the disk or this thread may take without anybody noticing.</summary>
    private const long AheadNs = 100_000_000;

    /// <summary>One look is one of 50 a second: this is 500 Mbit/s.</summary>
    private const int PacketsPerLook = 1_024;

    private const long RetryNs = 500_000_000, FaultNs = 10_000_000_000;

    private static readonly IPEndPoint s_here = new(IPAddress.Loopback, 0);

    private sealed record State(SessionState Now, string? Reason = null, MonotonicTime Since = default);

    private readonly AssetSource _wish = intake.Source.Url.Asset!;
    private readonly byte[] _packet = new byte[RtpHeader.Size + RecordCodec.PayloadBytesMax];
    private volatile State _state = new(SessionState.Waiting);
    private volatile Playing? _playing;
    private Asset? _done;
    private MonotonicTime _tryAt;
    private long _begun;

    // What is played now. Only Source, Progress and Asset are looked at by others.
    private sealed class Playing(Asset asset, ReplaySource source, IntakeSession session)
    {
        public readonly Asset Asset = asset;
        public readonly ReplaySource Source = source;
        public readonly IntakeSession Session = session;
        public ReplayPacket Next;
        public int Length;              // of the next packet, header included; 0 = it has not been read
        public bool HasEnded, HasBegun;
        public long ShiftNs, FirstNs, PlaceNs;
        public ulong LastSequence;
        public uint Ssrc;
        public ushort Number;

        public LoopProgress? Progress => (Source as LoopSource)?.Progress;
    }

    /// <summary>Gives on what is due soon. Returns how many packets.</summary>
    public int Look(MonotonicTime now)
    {
        if (_playing is null && now >= _tryAt && TryBegin(now) is { } reason)
            Wait(reason, now, RetryNs);
        if (_playing is not { } playing)
            return 0;
        var sent = 0;
        while (sent < PacketsPerLook && TryRead(playing) && playing.Session.HasRoom && DueNs(playing, now) <= now.Ns + AheadNs)
        {
            Send(playing);
            sent++;
        }
        if (playing.HasEnded)
            End(playing, now);
        return sent;
    }

    public SessionStatus Status(MonotonicTime now)
    {
        var (state, playing) = (_state, _playing);
        return new SessionStatus
        {
            State = playing is null ? state.Now : SessionState.Playing,
            Tracks = playing is null ? 0 : 1,
            Begun = Volatile.Read(ref _begun),
            LastError = playing is null ? state.Reason : null,
            LastErrorAgeSeconds = playing is null && state.Reason is not null ? Math.Max(now - state.Since, 0) / 1e9 : null,
            NextTrySeconds = playing is null && state.Now == SessionState.Waiting ? Math.Max(_tryAt - now, 0) / 1e9 : null,
            Loop = playing is null ? null : Progress(playing),
        };
    }

    public void Dispose()
    {
        if (_playing is not { } playing)
            return;
        playing.Source.Dispose();
        playing.Session.Dispose();
        _playing = null;
    }

    private LoopStatus Progress(Playing playing) => new()
    {
        Repeats = _wish.ToString(),
        Turn = playing.Progress?.Turn ?? 1,
        PlaceSeconds = (playing.Progress?.PlaceNs ?? Volatile.Read(ref playing.PlaceNs)) / 1e9,
        TurnSeconds = playing.Progress?.PeriodNs is > 0 and var period ? period / 1e9 : null,
    };

    // Null, or why it does not play now.
    private string? TryBegin(MonotonicTime now)
    {
        var asset = find(_wish.Name);
        if (asset is null && _done is null)
            return $"there is no asset \"{_wish.Name}\" yet: bring it with sluice asset put FILE --name {_wish.Name}";
        if (asset is null || asset == _done)
        {
            _tryAt = now + RetryNs;
            return null;
        }
        if (asset is not { DurationNs: > 0, Media: { } media })
            return $"nothing of asset \"{_wish.Name}\" has come yet";
        ReplaySource? source = _wish.Times == 1 ? AssetReplaySource.TryOpen(asset, out _) : LoopSource.Of(asset, media, _wish.Times);
        if (source is null)
            return $"asset \"{_wish.Name}\" cannot be read";
        if (intake.TryBegin(s_here, [Describe(media)], out var reason) is not { } session)
        {
            source.Dispose();
            return reason;
        }
        session.ListenInterleaved(0);
        _playing = new Playing(asset, source, session) { Number = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue) };
        Volatile.Write(ref _begun, _begun + 1);
        log.AssetPlays(intake.Channel.Name, asset.Name, _wish.Times == 0 ? "for ever" : $"{_wish.Times} times");
        return null;
    }

    private void End(Playing playing, MonotonicTime now)
    {
        var fault = playing.Asset.IsDeleted ? $"asset \"{_wish.Name}\" has been deleted" : playing.Progress?.Fault;
        Dispose();
        if (fault is not null)
        {
            Wait(fault, now, playing.Asset.IsDeleted ? RetryNs : FaultNs);
            log.AssetPlayBroke(intake.Channel.Name, _wish.Name, fault);
            return;
        }
        _done = playing.Asset;
        _tryAt = now + RetryNs;
        _state = new State(SessionState.Ended);
        log.AssetPlayed(intake.Channel.Name, _wish.Name);
    }

    private void Wait(string reason, MonotonicTime now, long ns)
    {
        _tryAt = now + ns;
        if (_state is not { Now: SessionState.Waiting } before || before.Reason != reason)
            _state = new State(SessionState.Waiting, reason, now);
    }

    private bool TryRead(Playing playing)
    {
        if (playing.Length > 0)
            return true;
        var status = playing.Source.TryNext(out playing.Next, out var payload);
        playing.HasEnded = status == ReplayStatus.Ended;
        if (status != ReplayStatus.Packet)
            return false;
        payload.CopyTo(_packet.AsSpan(RtpHeader.Size));
        playing.Length = RtpHeader.Size + payload.Length;
        return true;
    }

    // What comes late, because the object was still on its way or the machine stood still, moves all that follows.
    private static long DueNs(Playing playing, MonotonicTime now)
    {
        if (!playing.HasBegun || playing.Next.MediaNs + playing.ShiftNs < now.Ns)
            playing.ShiftNs = now.Ns + AheadNs - playing.Next.MediaNs;
        return playing.Next.MediaNs + playing.ShiftNs;
    }

    private void Send(Playing playing)
    {
        var (next, due) = (playing.Next, new MonotonicTime(playing.Next.MediaNs + playing.ShiftNs));
        if (!playing.HasBegun || next.IsBreak)
            Introduce(playing, due);
        else
            playing.Number += (ushort)(next.Sequence - playing.LastSequence);
        if (!playing.HasBegun)
            playing.FirstNs = next.MediaNs;
        RtpHeader.Write(_packet, RtpHeader.PlainFirstByte, next.MarkerAndPayloadType, playing.Number, next.RtpTimestamp, playing.Ssrc);
        playing.Session.Offer(0, _packet.AsSpan(0, playing.Length), due);
        (playing.LastSequence, playing.Length, playing.HasBegun) = (next.Sequence, 0, true);
        Volatile.Write(ref playing.PlaceNs, next.MediaNs - playing.FirstNs);
    }

    // Where numbers and timestamps begin anew it is another SSRC, and a receiver wants two packets in a row before it believes one (RFC 3550 A.1):
    // one that is empty goes ahead, so that no content is lost.
    private void Introduce(Playing playing, MonotonicTime due)
    {
        playing.Ssrc = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        Span<byte> header = stackalloc byte[RtpHeader.Size];
        RtpHeader.Write(header, RtpHeader.PlainFirstByte, playing.Next.MarkerAndPayloadType, playing.Number++, playing.Next.RtpTimestamp, playing.Ssrc);
        playing.Session.Offer(0, header, due);
    }

    private static MediaDescription Describe(StoredMedia media)
    {
        if (media == StoredMedia.MpegTs)
            return MediaDescription.TransportStream;
        var known = RtpStaticPayloadTypes.Find(media.PayloadType);
        var kind = known?.Kind == RtpMediaKind.Audio ? MediaKind.Audio : MediaKind.Video;
        return new MediaDescription(kind, media.PayloadType, media.Encoding, (int)media.ClockRate, Math.Max(known?.Channels ?? 1, 1));
    }
}
