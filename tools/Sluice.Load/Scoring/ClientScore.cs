using Sluice.Load.Figures;
using Sluice.Load.Payload;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Load.Scoring;

/// <summary>
/// Everything that one client got, as figures: fed one datagram at a time with its arrival time, by one thread. A packet is known again
/// by its <see cref="Stamp"/>; without one, by its RTP sequence number; without that, it is only counted.
/// </summary>
public sealed class ClientScore
{
    private const int PrecisionBits = 5;   // 1.6 %: ten thousand of these stay below 50 MB
    private const uint ClockHz = 90_000;
    private readonly Score _all;
    private readonly Histogram _latency = new(PrecisionBits);
    private readonly SequenceScore _order = new();
    private readonly DelayFactor _delayFactor;
    private RtpInterarrivalJitter _jitter;
    private Drift _drift;
    private (uint Run, uint Stream) _stamper;
    private uint _ssrc;
    private long _firstNs, _lastNs, _lastWindow = long.MinValue;

    internal ClientScore(Score all, string name, double mediaBytesPerSecond) =>
        (_all, Name, _delayFactor) = (all, name, new DelayFactor(mediaBytesPerSecond));

    /// <summary>Where it receives, or the session it plays.</summary>
    public string Name { get; }

    public long Packets { get; private set; }
    public long Bytes { get; private set; }
    public long Lost => _order.Lost;
    public long Duplicates => _order.Duplicates;
    public long OutOfOrder => _order.OutOfOrder;

    /// <summary>Payloads whose checksum did not fit, and datagrams that are neither RTP nor a transport stream.</summary>
    public long Corrupt { get; private set; }

    /// <summary>Packets without a stamp.</summary>
    public long Unstamped { get; private set; }

    /// <summary>How often the sender changed its SSRC or began anew.</summary>
    public long SourceChanges { get; private set; }

    /// <summary>Of the first packet that was counted; 0 before.</summary>
    public long FirstArrivalNs => _firstNs;

    /// <summary>The longest time between two arrivals.</summary>
    public long GapMaxNs { get; private set; }

    /// <summary>RFC 3550 §6.4.1, as a receiver report would carry it at the end.</summary>
    public double JitterNs => _jitter.Ticks * (1e9 / ClockHz);

    public Histogram LatencyNs => _latency;

    /// <summary>How constant its delay is: from the 1st to the 99th percentile of its latency.</summary>
    public long DelaySpreadNs => _latency.ValueAt(0.99) - _latency.ValueAt(0.01);

    public double DriftNsPerSecond => _drift.NsPerSecond;

    public DelayFactor DelayFactor => _delayFactor;

    /// <summary>One datagram: RTP or bare transport packets, told apart by the first byte.</summary>
    public void Receive(ReadOnlySpan<byte> datagram, long arrivalNs)
    {
        if (!_all.Admits(arrivalNs)) return;
        var isTs = !datagram.IsEmpty && datagram[0] == TsPacket.SyncByte && datagram.Length % TsPacket.Size == 0;
        if (isTs) Count(datagram, datagram, arrivalNs, default, isRtp: false);
        else if (RtpPacket.TryParse(datagram, out var packet)) Count(datagram, packet.Payload, arrivalNs, packet, isRtp: true);
        else Corrupt++;
    }

    /// <summary>Closes what is still open; the figures are final then.</summary>
    internal void Finish() => _delayFactor.Finish();

    private void Count(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> payload, long arrivalNs, RtpPacket packet, bool isRtp)
    {
        CountArrival(datagram.Length, payload.Length, arrivalNs);
        var newSource = isRtp && IsNewSource(packet.Ssrc);
        if (newSource) _jitter.Rebase();
        switch (Stamp.Read(payload, out var stamp))
        {
            case StampVerdict.Valid:
                CountStamped(stamp, arrivalNs, isRtp ? packet.Timestamp : Ticks(stamp.SentNs));
                break;
            case StampVerdict.Corrupt:
                Corrupt++;
                break;
            default:
                Unstamped++;
                if (isRtp) CountUnstamped(packet.SequenceNumber, packet.Timestamp, arrivalNs, newSource);
                break;
        }
    }

    private void CountArrival(int bytes, int payloadBytes, long arrivalNs)
    {
        if (Packets++ == 0) _firstNs = arrivalNs;
        else GapMaxNs = Math.Max(GapMaxNs, arrivalNs - _lastNs);
        _lastNs = arrivalNs;
        Bytes += bytes;
        _delayFactor.Receive(arrivalNs, payloadBytes);
        var window = _all.Packets.WindowOf(arrivalNs);
        _all.CountArrival(window, firstOfClient: window != _lastWindow, bytes);
        _lastWindow = window;
    }

    private bool IsNewSource(uint ssrc)
    {
        var isNew = Packets > 1 && ssrc != _ssrc;
        _ssrc = ssrc;
        if (isNew) SourceChanges++;
        return isNew;
    }

    private void CountStamped(in Stamp stamp, long arrivalNs, uint timestamp)
    {
        if (_order.IsStarted && (stamp.Run, stamp.Stream) != _stamper) _order.Restart();
        _stamper = (stamp.Run, stamp.Stream);
        if (!_order.Receive(stamp.Index)) return;
        _jitter.Receive(Ticks(arrivalNs), timestamp);
        var latencyNs = arrivalNs - stamp.SentNs;
        _latency.Record(latencyNs);
        _all.LatencyNs.Record(latencyNs);
        _drift.Add(arrivalNs, latencyNs);
    }

    private void CountUnstamped(ushort sequence, uint timestamp, long arrivalNs, bool newSource)
    {
        if (newSource) _order.Restart();
        if (_order.Receive(_order.IsStarted ? SequenceNumbers.Extend(_order.Highest, sequence) : sequence))
            _jitter.Receive(Ticks(arrivalNs), timestamp);
    }

    // Relative to this client's first packet, so that the product stays in 63 bits for a day.
    private uint Ticks(long atNs) => (uint)((atNs - _firstNs) * (ClockHz / 1000) / 1_000_000);
}
