using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Reads the data plane's counters where they lie and makes of them what people and metrics are shown. Rates are over the
/// last second, measured by the housekeeping.
/// </summary>
internal sealed class StatusView(LiveEngine engine)
{
    private const int BurstWindowMs = 1000;

    /// <summary>The newest milliseconds may still be growing.</summary>
    private const int BurstGuardMs = 20;
    private const long NsPerMs = 1_000_000;
    private const long OnlineNs = 1_000_000_000;

    private readonly MonotonicTime _start = SystemClock.Now;
    private readonly ChannelRates[] _rates = [.. engine.Core.Plan.Feeds.Select(_ => new ChannelRates()), new ChannelRates()];   // the last is of all assets

    // The clients of a snapshot by their channel: one pass over all of them, into lists that are used again.
    private readonly List<LiveClient>[] _clients = [.. engine.Core.Plan.Feeds.Select(_ => new List<LiveClient>()), new List<LiveClient>()];
    private readonly Lock _lock = new();

    /// <summary>Once a second: what changed since the last time.</summary>
    public void Measure(MonotonicTime now)
    {
        var sent = new (long Packets, long Bytes)[_rates.Length];
        foreach (var client in engine.Clients.All)
        {
            ref var total = ref sent[client.Channel.Index];
            total = (total.Packets + client.Spec.Progress.Packets, total.Bytes + client.Spec.Progress.Bytes);
        }
        foreach (var channel in engine.AllChannels)
        {
            var feeds = channel.Tracks.Select(track => engine.Core.FeedCounters(track.Feed)).ToList();
            var (packets, bytes) = sent[channel.Index];
            _rates[channel.Index].Measure(now, feeds.Sum(feed => feed.Packets), feeds.Sum(feed => feed.Bytes), packets, bytes);
        }
    }

    public EngineSnapshot Snapshot(string threads, string capabilities, IReadOnlyList<Alarm> alarms)
    {
        lock (_lock)
        {
            try
            {
                foreach (var client in engine.Clients.All)
                    _clients[client.Channel.Index].Add(client);
                return Gathered(threads, capabilities, alarms);
            }
            finally
            {
                foreach (var list in _clients)
                    list.Clear();
            }
        }
    }

    private EngineSnapshot Gathered(string threads, string capabilities, IReadOnlyList<Alarm> alarms)
    {
        var now = SystemClock.Now;
        return new EngineSnapshot
        {
            UptimeSeconds = (now - _start) / 1e9,
            Threads = threads,
            Capabilities = capabilities,
            Channels = [.. engine.AllChannels.Select(channel => Channel(channel, now))],
            Rtcp = ReportView.Rtcp(engine.Core.Sends.Select(send => send.Counters)),
            StreamSkips = engine.Core.Sends.Sum(send => Volatile.Read(ref send.Counters.StreamSkips)),
            Starts = Starts(),
            Store = engine.Store?.Status(),
            Replays = ReplayView.All(engine),
            Sap = engine.Sap?.Status,
            Alarms = alarms,
        };
    }

    public IReadOnlyList<ClientStatus> Clients(LiveChannel channel) =>
        [.. engine.Clients.All.Where(client => client.Channel == channel).OrderBy(client => client.Id).Select(client => Client(client, SystemClock.Now))];

    public BurstPicture Burst(LiveChannel? channel)
    {
        var fromMs = SystemClock.Now.Ns / NsPerMs - BurstGuardMs - BurstWindowMs;
        int[] spread = new int[BurstWindowMs], unspread = new int[BurstWindowMs];
        foreach (var one in engine.AllChannels.Where(one => channel is null || one == channel))
        {
            foreach (var feed in one.Tracks.Select(track => track.Feed).Concat(one.Shaped.Values))
            {
                engine.Core.Unspread(feed).AddTo(fromMs, unspread);
                foreach (var send in engine.Core.Sends)
                    send.DeparturesOf(feed).AddTo(fromMs, spread);
            }
        }
        return BurstPicture.From(spread, unspread);
    }

    private ClientStarts Starts() => new()
    {
        Instant = engine.Core.Sends.Sum(send => send.Counters.InstantStarts),
        Live = engine.Core.Sends.Sum(send => send.Counters.LiveStarts),
        CaughtUp = engine.Core.Sends.Sum(send => send.Counters.CaughtUp),
        LostPlace = engine.Core.Sends.Sum(send => send.Counters.LostPlace),
    };

    private ChannelStatus Channel(LiveChannel channel, MonotonicTime now)
    {
        var rates = _rates[channel.Index];
        var clients = _clients[channel.Index];
        return new ChannelStatus
        {
            Name = channel.Name,
            IsRelay = !engine.Channels.Contains(channel),
            Online = channel.Tracks.Any(track => now.Ns - Volatile.Read(ref engine.Core.FeedCounters(track.Feed).LastPacketNs) < OnlineNs),
            Media = string.Join(" + ", channel.Tracks.Where(track => track.IsPresent).Select(track => Words(track.Media))),
            BitsPerSecond = rates.InBitsPerSecond,
            PacketsPerSecond = rates.InPacketsPerSecond,
            OutBitsPerSecond = rates.OutBitsPerSecond,
            OutPacketsPerSecond = rates.OutPacketsPerSecond,
            ClientCount = clients.Count,
            Delay = Words(channel.Config.Delay),
            AccessPoints = channel.Tracks.Sum(track => engine.Core.FeedCounters(track.Feed).AccessPoints),
            Sources = [.. channel.Sources.Select(source => Source(channel, source, now))],
            Shaped = channel.Shaped.Count == 0 ? null : [.. channel.Shaped.Select(pair => Shaped(pair.Key, pair.Value, clients))],
            Sent = new DeliveryCounters
            {
                Packets = clients.Sum(client => client.Spec.Progress.Packets),
                Bytes = clients.Sum(client => client.Spec.Progress.Bytes),
                Late = clients.Sum(client => client.Spec.Progress.LeftLate),
                Dropped = clients.Sum(Dropped),
            },
            Reports = ReportView.Picture(clients, now),
            Again = ReportView.Again(clients),
        };
    }

    private ShapedStatus Shaped(ShapingConfig shaping, int feed, IReadOnlyList<LiveClient> clients)
    {
        var counters = engine.Core.ShapingCounters(feed)!;
        return new ShapedStatus
        {
            Shaping = shaping.ToString(),
            ClientCount = clients.Count(client => client.Spec.Feed == feed),
            NullsRemoved = counters.NullsRemoved,
            NullsAdded = counters.NullsAdded,
            OverRate = counters.OverRate,
            NoClock = counters.NoClock,
            ClockBreaks = counters.ClockBreaks,
            Dropped = counters.NotTransportStream + counters.SlotsFull,
        };
    }

    private SourceStatus Source(LiveChannel channel, LiveSource source, MonotonicTime now)
    {
        var (sender, ssrc) = engine.Core.SenderOf(source.First);
        var lastNs = source.LastPacketNs(engine.Core);
        var online = now.Ns - lastNs < OnlineNs;
        return new SourceStatus
        {
            Url = source.Shown,
            Online = online,
            State = online ? SourceState.Online : lastNs == 0 ? SourceState.Never : SourceState.Silent,
            AgeSeconds = lastNs == 0 ? null : Math.Max(now.Ns - lastNs, 0) / 1e9,
            Rejoins = Sum(c => c.Rejoins),
            LinkRejoins = Sum(c => c.LinkRejoins),
            Session = engine.FindIntake(source)?.Status(now),
            Sender = source.Url.Asset is null ? sender?.ToString() : null,
            Ssrc = source.Url.Scheme == MediaScheme.Udp ? null : ssrc,
            Packets = Sum(c => c.Packets),
            Bytes = Sum(c => c.Bytes),
            Lost = Sum(c => c.Lost),
            Duplicates = Sum(c => c.Duplicates),
            Reordered = Sum(c => c.Reordered),
            Late = Sum(c => c.Late),
            Malformed = Sum(c => c.Malformed + c.NotTransportStream),
            WrongPayloadType = Sum(c => c.WrongPayloadType),
            ForeignSender = Sum(c => c.ForeignSender),
            Looped = Sum(c => c.Looped),
            Oversize = Sum(c => c.Oversize),
            KernelDrops = Sum(c => c.KernelDrops),
            Probation = Sum(c => c.Probation),
            Jumps = Sum(c => c.Jumps),
            Restarts = Sum(c => c.Restarts + c.SsrcChanges),
            Nack = source.Url.Nack is null ? null : Nack(engine.Core.SourceCounters(source.First)),
            JitterMs = source.Url.IsSession && channel.Tracks[0].Media is { ClockRate: > 0 } media
                ? engine.Core.Reception(source.First).JitterTicks * 1e3 / media.ClockRate : null,
        };

        long Sum(Func<SourceCounters, long> read) => source.Sum(engine.Core, read);
    }

    private static SourceNackStatus Nack(SourceCounters counters) => new()
    {
        Sent = counters.NacksSent,
        Asked = counters.Asked,
        Recovered = counters.Recovered,
        GivenUp = counters.GivenUp,
        Ignored = counters.RtxIgnored,
        Reports = counters.ReportsSent,
        Errors = counters.FeedbackErrors,
        Foreign = counters.FeedbackForeign,
        AnswerMs = counters.AnswerNs == 0 ? null : counters.AnswerNs / 1e6,
    };

    private ClientStatus Client(LiveClient client, MonotonicTime now)
    {
        var progress = client.Spec.Progress;
        var reportNs = Volatile.Read(ref progress.LastReportNs);
        var reports = reportNs != 0;
        return new ClientStatus
        {
            Id = client.Id,
            Channel = client.Channel.Name,
            Track = client.Track.Number,
            Media = client.Track.IsPresent ? Words(client.Track.Media) : null,
            Kind = client.Kind,
            Address = client.Address,
            DelayMs = client.Spec.DelayNs / 1e6,
            BehindSeconds = client.Replay?.Counters.ShiftNs / 1e9,
            Ssrc = client.Spec.Kind is Flow.ClientKind.RawOverUdp or Flow.ClientKind.TsStream ? null : client.Spec.Ssrc,
            Sent = new DeliveryCounters { Packets = progress.Packets, Bytes = progress.Bytes, Late = progress.LeftLate, Dropped = Dropped(client) },
            ReportedLost = reports ? progress.ReportedLost : null,
            ReportedLossRatio = reports ? ReportView.LossRatio(progress) : null,
            ReportedJitterMs = reports ? ReportView.JitterMs(client) : null,
            RoundTripMs = progress.RoundTripNs > 0 ? progress.RoundTripNs / 1e6 : null,
            Again = ReportView.Again([client]),
            LastReportAgeMs = reports ? (now.Ns - reportNs) / 1e6 : null,
            Skips = client.Kind == Control.Status.ClientKind.Http ? Volatile.Read(ref progress.Skips) : null,
            Replay = ReplayView.Of(engine, client),
            Loop = client.Loop?.Status,
            ConnectedSince = client.Since,
        };
    }

    private static long Dropped(LiveClient client) =>
        client.Spec.Progress.LateDropped + client.Spec.Progress.Overrun + client.Spec.Progress.SendErrors;

    private static string Words(MediaDescription media) =>
        media.EncodingName == "MP2T" ? "MPEG-TS" : $"{media.EncodingName}/{media.ClockRate}";

    private static string Words(DelayConfig delay) => delay.Mode switch
    {
        Control.Configuration.DelayMode.Off => "off",
        Control.Configuration.DelayMode.Fixed => $"fixed {delay.ValueNs / 1e6:0.###} ms",
        _ => $"{delay.Mode.ToString().ToLowerInvariant()} over {delay.RangeNs / 1e6:0.###} ms",
    };
}
