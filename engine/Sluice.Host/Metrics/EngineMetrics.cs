using System.Diagnostics.Metrics;
using Sluice.Control.Access;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Host.Streams;

namespace Sluice.Host.Metrics;

/// <summary>
/// The meter "Sluice": observable instruments that read the engine's snapshot when somebody listens. Labels are
/// channels and sources, which the configuration bounds; never clients, which the world does.
/// </summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly IEngineStatus _engine;
    private readonly PrometheusText _text;

    // One scrape sees one instant, and asks the engine once; instruments are read on the scraping thread.
    [ThreadStatic]
    private static EngineSnapshot? t_now;

    public EngineMetrics(IEngineStatus engine, RtspServerCounters rtsp, AccessCounters access, StreamCounters streams)
    {
        _engine = engine;
        _text = new PrometheusText(Meter);
        AddSourceCounters();
        AddChannelInstruments();
        AddReports();
        AddStoreCounters();
        AddReplays();
        AddRtspCounters(rtsp);
        AddAccessCounters(access);
        AddSapInstruments();
        AddStreamCounters(streams);
        AddEngineGauges();
    }

    public Meter Meter { get; } = new("Sluice");

    private EngineSnapshot Now => t_now ?? _engine.Snapshot();

    // Groups come and go by the wish of viewers: the world's number, and no labels.
    private IEnumerable<ChannelStatus> Configured => Now.Channels.Where(channel => !channel.IsRelay);

    /// <summary>Every instrument's value now, in Prometheus' text form.</summary>
    public string Scrape()
    {
        t_now = _engine.Snapshot();
        try
        {
            return _text.Scrape();
        }
        finally
        {
            t_now = null;
        }
    }

    public void Dispose() => Meter.Dispose();

    private void AddSourceCounters()
    {
        Source("received_packets", s => s.Packets, "Packets taken from this source.");
        Source("received_bytes", s => s.Bytes, "Payload bytes taken from this source.");
        Source("lost_packets", s => s.Lost, "Gaps in the sequence numbers that nothing filled.");
        Source("duplicate_packets", s => s.Duplicates, "Packets that came again.");
        Source("reordered_packets", s => s.Reordered, "Packets that came behind a later one and were put in their place.");
        Source("late_packets", s => s.Late, "Packets that came after their gap had been given up.");
        Source("malformed_packets", s => s.Malformed, "Datagrams that are not RTP or not whole TS packets.");
        Source("wrong_payload_type_packets", s => s.WrongPayloadType, "Packets of another payload type than the channel's.");
        Source("foreign_packets", s => s.ForeignSender, "Packets from somebody else than the bound sender.");
        Source("looped_packets", s => s.Looped, "Packets that were the channel's own output come back.");
        Source("oversize_packets", s => s.Oversize, "Datagrams longer than a packet slot.");
        Source("kernel_dropped_packets", s => s.KernelDrops, "Datagrams that the kernel dropped because the receive buffer was full.");
        Source("probation_packets", s => s.Probation, "Packets of a sender that had not proven itself by two in a row.");
        Source("jumps", s => s.Jumps, "Packets too far from the last number to be taken before the next one.");
        Source("restarts", s => s.Restarts, "Times that the sender began anew.");
        Source("rejoins", s => s.Rejoins, "Times that its group was joined again because it was silent.");
        Source("sessions_begun", s => s.Session?.Begun ?? 0, "Sessions begun with this source: pulled from its server, or published.");
        Source("link_rejoins", s => s.LinkRejoins, "Times that its group was joined again because its device came back.");
        SourceNack("sent", n => n.Sent, "NACKs sent to the sender of this source.");
        SourceNack("asked_packets", n => n.Asked, "Packets asked for again, repeats included.");
        SourceNack("recovered_packets", n => n.Recovered, "Packets that came after they had been asked for.");
        SourceNack("given_up_packets", n => n.GivenUp, "Packets that were asked for and did not come in time.");
        Meter.CreateObservableGauge("sluice_source_age_seconds", Ages, description: "Since the last packet of this source; absent before the first.");
        Meter.CreateObservableGauge("sluice_source_online", () => Sources(s => s.Online ? 1 : 0),
            description: "1 while packets come from this source.");
    }

    private void AddChannelInstruments()
    {
        Gauge("online", c => c.Online ? 1 : 0, "1 while packets come from at least one source.");
        Gauge("clients", c => c.ClientCount, "Clients being served.");
        Gauge("input_bits_per_second", c => c.BitsPerSecond, "Rate into the channel over the last second.");
        Gauge("output_bits_per_second", c => c.OutBitsPerSecond, "Rate to all clients over the last second.");
        Channel("sent_packets", c => c.Sent.Packets, "Packets sent to clients.");
        Channel("sent_bytes", c => c.Sent.Bytes, "Payload bytes sent to clients.");
        Channel("sent_late_packets", c => c.Sent.Late, "Packets that left later than promised.");
        Channel("access_points", c => c.AccessPoints, "Random access points seen, where a decoder may start.");
        Channel("dropped_packets", c => c.Sent.Dropped, "Packets that did not leave.");
        Shaped("nulls_removed_packets", s => s.NullsRemoved, "Null packets left out for outputs that want none.");
        Shaped("nulls_added_packets", s => s.NullsAdded, "Null packets added for a constant rate.");
        Shaped("over_rate_packets", s => s.OverRate, "TS packets dropped because the stream is faster than the constant rate.");
        Shaped("no_clock_packets", s => s.NoClock, "TS packets dropped because no clock reference came.");
        Meter.CreateObservableGauge("sluice_burst_peak_to_mean", Bursts,
            description: "Peak over mean of the departures per window, with the clients' delays and without.");
    }

    private void AddReports()
    {
        Gauge("reporting_clients", c => c.Reports.ClientCount, "Clients that have sent a receiver report lately.");
        Quantile("client_loss_ratio", c => c.Reports.LossRatio, 1, "Packets lost per packet sent, by the clients' reports.");
        Quantile("client_jitter_seconds", c => c.Reports.JitterMs, 1e-3, "Interarrival jitter, by the clients' reports.");
        Quantile("client_round_trip_seconds", c => c.Reports.RoundTripMs, 1e-3, "Round trip to the clients, from their reports.");
        Rtcp("sent", r => r.Sent, "RTCP compounds sent to clients.");
        Rtcp("received", r => r.Received, "RTCP compounds received from clients.");
        Rtcp("malformed", r => r.Malformed, "Datagrams on the RTCP ports that are no RTCP.");
        Rtcp("unknown_sender", r => r.UnknownSender, "RTCP from an address that no client has.");
        Rtcp("foreign_reports", r => r.ForeignReports, "Reports under another SSRC than the client's.");
        Rtcp("ignored_byes", r => r.IgnoredByes, "BYEs that were not the client's.");
        Rtcp("nacks", r => r.Nacks, "Generic NACKs from clients that may have packets again.");
        Rtcp("retransmitted_packets", r => r.Retransmitted, "Packets sent again for NACKs.");
        Rtcp("rate_limited", r => r.RateLimited, "RTCP over the rate that one client has.");
    }

    private void AddStoreCounters()
    {
        Store("written_records", s => s.RecordsWritten, "Packets written to the store.");
        Store("dropped_records", s => s.RecordsDropped, "Packets that were not kept.");
        Store("poisoned_segments", s => s.SegmentsPoisoned, "Segments whose write or sync failed.");
        Kept("held_seconds", k => k.HeldSeconds, "From the oldest packet held to the newest.");
        Kept("held_bytes", k => k.HeldBytes, "Bytes of packets that are held.");
        Kept("disk_bytes", k => k.DiskBytes, "Bytes of all its files, reserved space included.");
        Kept("write_bits_per_second", k => k.WriteBitsPerSecond, "Rate to its files over the last second.");
        Kept("sync_seconds", k => k.SyncMs / 1e3, "How long the last sync took; absent before the first.");
        Kept("sync_seconds_max", k => k.SyncMsMax / 1e3, "The longest sync so far.");
        Kept("resident_ratio", k => k.ResidentRatio, "Part of what is held that is in memory.");
        KeptCounter("syncs", k => k.Syncs, "Syncs that succeeded.");
        KeptCounter("failed_syncs", k => k.SyncsFailed, "Syncs that failed; their segments were given up.");
        KeptCounter("sync_seconds_sum", k => k.SyncSecondsTotal, "Time that all syncs took.");
        KeptCounter("records_at_risk", k => k.RecordsAtRisk, "Packets that a power cut may take, because a sync failed.");
    }

    private void AddReplays()
    {
        ReplayGauge("open", r => r.Open, "Streams that are read from the store now.");
        ReplayGauge("slack_seconds", r => r.SlackMs / 1e3, "How long before they are due packets have been read, of the stream with the least.");
        ReplayGauge("loop_bytes", r => r.LoopBytes, "Bytes of the store that loops keep from making room.");
        ReplayCounter("packets", r => r.Packets, "Packets read from the store to be sent.");
        ReplayCounter("late_packets", r => r.ReadLate, "Packets that were read when they should have left already.");
        ReplayCounter("no_room", r => r.NoRoom, "Looks that found no memory to read into.");
    }

    private void AddRtspCounters(RtspServerCounters rtsp)
    {
        Meter.CreateObservableCounter("sluice_rtsp_requests", () => rtsp.Requests, description: "RTSP requests.");
        Meter.CreateObservableCounter("sluice_rtsp_refusals", () => rtsp.Refusals, description: "RTSP requests answered with 4xx or 5xx.");
        Meter.CreateObservableCounter("sluice_rtsp_malformed", () => rtsp.Malformed, description: "Connections closed because their bytes were no RTSP.");
        Meter.CreateObservableGauge("sluice_rtsp_group_tracks", () => rtsp.GroupTracks,
            description: "Tracks of RTSP sessions that are heard in a multicast group now.");
        Meter.CreateObservableCounter("sluice_rtsp_wrong_protocol", () => WrongProtocol(rtsp),
            description: "Connections closed because they spoke something else than their port.");
        Meter.CreateObservableCounter("sluice_rtsp_sessions_started", () => rtsp.SessionsStarted, description: "RTSP sessions set up.");
        Meter.CreateObservableCounter("sluice_rtsp_sessions_expired", () => rtsp.SessionsExpired, description: "RTSP sessions ended by a timeout.");
    }

    private static Measurement<long>[] WrongProtocol(RtspServerCounters rtsp) =>
    [
        new(rtsp.TlsOnPlain, new("listener", "rtsp"), new("spoke", "tls")),
        new(rtsp.Http, new("listener", "rtsp"), new("spoke", "http")),
        new(rtsp.PlainOnTls, new("listener", "rtsps"), new("spoke", "other")),
        new(rtsp.HandshakeFailures, new("listener", "rtsps"), new("spoke", "bad tls")),
    ];

    private void AddAccessCounters(AccessCounters access)
    {
        (string Outcome, Func<long> Read)[] outcomes =
        [
            ("granted", () => access.Granted), ("unproven", () => access.Unproven), ("stale", () => access.Stale),
            ("replayed", () => access.Replayed), ("refused", () => access.Refused), ("forbidden", () => access.Forbidden), ("locked", () => access.Locked),
        ];
        Meter.CreateObservableCounter("sluice_access",
            () => outcomes.Select(one => new Measurement<long>(one.Read(), new KeyValuePair<string, object?>("outcome", one.Outcome))),
            description: "Requests for channels that are not open, by what became of them; a replayed one is also a stale one.");
    }

    private void AddSapInstruments()
    {
        Meter.CreateObservableGauge("sluice_sap_sessions", () => Sap(s => s.Sessions), description: "Outputs that are announced.");
        Meter.CreateObservableCounter("sluice_sap_sent_packets", () => Sap(s => s.SentPackets), description: "Announcements and deletions sent.");
        Meter.CreateObservableCounter("sluice_sap_errors", () => Sap(s => s.Errors), description: "Announcements that could not be sent.");
    }

    private void AddStreamCounters(StreamCounters streams)
    {
        Meter.CreateObservableGauge("sluice_http_viewers", () => Volatile.Read(ref streams.Watching), description: "Viewers over HTTP now.");
        Meter.CreateObservableGauge("sluice_relay_groups", () => Now.Channels.Count(c => c.IsRelay),
            description: "Groups that are joined for viewers now.");
        Meter.CreateObservableGauge("sluice_relay_output_bits_per_second", () => Now.Channels.Where(c => c.IsRelay).Sum(c => c.OutBitsPerSecond),
            description: "Rate to all viewers of relayed groups over the last second.");
        Stream("forbidden", () => streams.Forbidden, "Requests for groups that are not relayed.");
        Stream("started", () => streams.Started, "Streams begun.");
        Stream("refused", () => streams.Refused, "Viewers answered with 503.");
        Stream("skips", () => Now.StreamSkips, "Times that a slow reader was set forward.");
        Stream("discarded_bytes", () => streams.DiscardedBytes, "Bytes that waited for slow readers and were thrown away.");
        Stream("dropped_slow", () => streams.DroppedSlow, "Viewers disconnected because they were slow.");
        Stream("dropped_stalled", () => streams.DroppedStalled, "Viewers disconnected because they took nothing for long.");

        void Stream(string name, Func<long> read, string help) => Meter.CreateObservableCounter($"sluice_http_{name}", read, description: help);
    }

    private void AddEngineGauges()
    {
        Meter.CreateObservableGauge("sluice_uptime_seconds", () => Now.UptimeSeconds, description: "Since the engine started.");
        Meter.CreateObservableCounter("sluice_client_starts", Starts,
            description: "Clients that were to start at a random access point: those that did, those that found none, and what became of the first.");
        Meter.CreateObservableGauge("sluice_alarms", Alarms, description: "Alarms that are raised now.");
        Meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, description: "Resident memory.");
        Meter.CreateObservableCounter("dotnet_collections", () => (long)GC.CollectionCount(0),
            description: "Garbage collections; none belongs to the packet path.");
        Meter.CreateObservableCounter("dotnet_collection_pause_seconds", () => GC.GetTotalPauseDuration().TotalSeconds,
            description: "Time for which collections stood every thread still, the sending ones too.");
        Meter.CreateObservableGauge("dotnet_collection_longest_pause_seconds", () => CollectionWatch.LongestPause.TotalSeconds,
            description: "Longest time for which one collection stood every thread still, since the start.");
        Meter.CreateObservableCounter("dotnet_allocated_bytes", () => GC.GetTotalAllocatedBytes(), description: "Managed memory allocated since the start.");
    }

    private void Source(string name, Func<SourceStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_source_{name}", () => Sources(read), description: help);

    private void Channel(string name, Func<ChannelStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_channel_{name}", () => Channels(read), description: help);

    private void Gauge(string name, Func<ChannelStatus, long> read, string help) =>
        Meter.CreateObservableGauge($"sluice_channel_{name}", () => Channels(read), description: help);

    private void Shaped(string name, Func<ShapedStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_shaped_{name}", () => Now.Channels.SelectMany(c => (c.Shaped ?? []).Select(s => new Measurement<long>(read(s),
            new KeyValuePair<string, object?>("channel", c.Name), new KeyValuePair<string, object?>("shaping", s.Shaping)))), description: help);

    // Few numbers a channel however many clients it has: a client must never be a label.
    private void Quantile(string name, Func<ChannelStatus, Quantiles> read, double unit, string help) =>
        Meter.CreateObservableGauge($"sluice_channel_{name}",
            () => Now.Channels.Where(c => c.Reports.ClientCount > 0).SelectMany(c => Quantiles(c, read(c), unit)), description: help);

    private static IEnumerable<Measurement<double>> Quantiles(ChannelStatus channel, Quantiles values, double unit)
    {
        foreach (var (quantile, value) in new[] { ("0.5", values.P50), ("0.9", values.P90), ("0.99", values.P99), ("1", values.Max) })
            yield return new Measurement<double>(value * unit,
                new KeyValuePair<string, object?>("channel", channel.Name), new KeyValuePair<string, object?>("quantile", quantile));
    }

    private void Rtcp(string name, Func<RtcpStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_rtcp_{name}", () => read(Now.Rtcp), description: help);

    private void Store(string name, Func<StoreStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_store_{name}",
            () => Now.Store is { } store ? [new Measurement<long>(read(store))] : (Measurement<long>[])[], description: help);

    private void Kept(string name, Func<KeptStatus, double?> read, string help) =>
        Meter.CreateObservableGauge($"sluice_store_{name}", () => Kept(read), description: help);

    private void KeptCounter(string name, Func<KeptStatus, double?> read, string help) =>
        Meter.CreateObservableCounter($"sluice_store_{name}", () => Kept(read), description: help);

    private void ReplayGauge(string name, Func<ReplaysStatus, double?> read, string help) =>
        Meter.CreateObservableGauge($"sluice_replay_{name}", () => Replays(read), description: help);

    private void ReplayCounter(string name, Func<ReplaysStatus, double?> read, string help) =>
        Meter.CreateObservableCounter($"sluice_replay_{name}", () => Replays(read), description: help);

    private IEnumerable<Measurement<double>> Replays(Func<ReplaysStatus, double?> read) =>
        Now.Replays is { } replays && read(replays) is { } value ? [new Measurement<double>(value)] : (Measurement<double>[])[];

    private IEnumerable<Measurement<double>> Kept(Func<KeptStatus, double?> read) => (Now.Store?.Channels ?? [])
        .Where(kept => read(kept) is not null)
        .Select(kept => new Measurement<double>(read(kept)!.Value, new("channel", kept.Channel), new("track", kept.Track)));

    private IEnumerable<Measurement<long>> Sap(Func<SapStatus, long> read) =>
        Now.Sap is { } sap ? [new Measurement<long>(read(sap))] : (Measurement<long>[])[];

    private IEnumerable<Measurement<long>> Channels(Func<ChannelStatus, long> read) =>
        Configured.Select(c => new Measurement<long>(read(c), new KeyValuePair<string, object?>("channel", c.Name)));

    private IEnumerable<Measurement<long>> Sources(Func<SourceStatus, long> read) =>
        Configured.SelectMany(c => c.Sources.Select(s => new Measurement<long>(read(s),
            new KeyValuePair<string, object?>("channel", c.Name), new KeyValuePair<string, object?>("source", s.Url))));

    // Only sources whose sender is asked for something.
    private void SourceNack(string name, Func<SourceNackStatus, long> read, string help) =>
        Meter.CreateObservableCounter($"sluice_source_nack_{name}", () => Configured.SelectMany(c => c.Sources.Where(s => s.Nack is not null)
            .Select(s => new Measurement<long>(read(s.Nack!),
                new KeyValuePair<string, object?>("channel", c.Name), new KeyValuePair<string, object?>("source", s.Url)))), description: help);

    private IEnumerable<Measurement<double>> Ages() =>
        Now.Channels.SelectMany(c => c.Sources.Where(s => s.AgeSeconds is not null).Select(s => new Measurement<double>(s.AgeSeconds!.Value,
            new KeyValuePair<string, object?>("channel", c.Name), new KeyValuePair<string, object?>("source", s.Url))));

    private IEnumerable<Measurement<long>> Starts()
    {
        var starts = Now.Starts;
        return new[] { ("instant", starts.Instant), ("live", starts.Live), ("caught_up", starts.CaughtUp), ("lost_place", starts.LostPlace) }
            .Select(start => new Measurement<long>(start.Item2, new KeyValuePair<string, object?>("result", start.Item1)));
    }

    private IEnumerable<Measurement<long>> Alarms()
    {
        var alarms = Now.Alarms;
        return Enum.GetValues<AlarmSeverity>().Select(severity => new Measurement<long>(alarms.Count(a => a.Severity == severity),
            new KeyValuePair<string, object?>("severity", severity == AlarmSeverity.Critical ? "critical" : "warning")));
    }

    private IEnumerable<Measurement<double>> Bursts()
    {
        if (_engine.Burst(null) is not { } picture)
            yield break;
        foreach (var (trace, delays) in new[] { (picture.Spread, "on"), (picture.Unspread, "off") })
        {
            yield return Peak(trace.PeakToMean1Ms, "1ms", delays);
            yield return Peak(trace.PeakToMean10Ms, "10ms", delays);
        }
    }

    private static Measurement<double> Peak(double value, string window, string delays) => new(value,
        new KeyValuePair<string, object?>("window", window), new KeyValuePair<string, object?>("delays", delays));
}
