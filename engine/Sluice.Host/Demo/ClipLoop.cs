using Sluice.Wire.MpegTs;

namespace Sluice.Host.Demo;

/// <summary>
/// A short MPEG-TS clip played over and over as one endless stream: continuity counters count on, and PCR, PTS and DTS go on
/// where the last round ended, so that a decoder sees no seam in the clocks (ISO/IEC 13818-1 §2.4.3). One thread.
/// </summary>
internal sealed class ClipLoop
{
    private const long PcrPerPts = TsClock.PcrHz / TsClock.PtsHz;

    private readonly byte[] _clip;
    private readonly int _packets;
    private readonly long[] _pcrOfPacket;       // interpolated, 27 MHz, counted from the first packet
    private readonly long _roundPcr;
    private readonly byte[] _continuity = new byte[TsPacket.PidCount];
    private long _next;

    /// <param name="clip">Whole TS packets with at least two PCRs; anything else is refused with an exception.</param>
    public ClipLoop(byte[] clip)
    {
        _clip = clip;
        _packets = clip.Length / TsPacket.Size;
        _pcrOfPacket = Clock(clip, _packets, out _roundPcr);
    }

    /// <summary>How long one round takes, ns.</summary>
    public long RoundNs => _roundPcr * 1000 / 27;

    /// <summary>Writes the next packets, restamped; gives the time of the first of them since the start of the first round, ns.</summary>
    /// <param name="target">A whole number of TS packets.</param>
    public long Next(Span<byte> target)
    {
        var (round, index) = Math.DivRem(_next, _packets);
        var firstNs = (round * _roundPcr + _pcrOfPacket[index]) * 1000 / 27;
        for (; target.Length >= TsPacket.Size; target = target[TsPacket.Size..], _next++)
        {
            (round, index) = Math.DivRem(_next, _packets);
            _clip.AsSpan((int)index * TsPacket.Size, TsPacket.Size).CopyTo(target);
            Restamp(target[..TsPacket.Size], round * _roundPcr);
        }
        return firstNs;
    }

    private void Restamp(Span<byte> bytes, long shiftPcr)
    {
        if (!TsPacket.TryParse(bytes, out var packet) || packet.IsNull)
            return;
        if (packet.TryGetPcr(out var pcr))
            TsPacket.TryWritePcr(bytes, pcr + shiftPcr);
        if (packet.PayloadUnitStart && PesHeader.TryRead(packet.Payload, out var pes) && pes.Pts90kHz is { } pts)
            Shift(pes, pts, shiftPcr / PcrPerPts, bytes[packet.PayloadOffset..]);
        ref var counter = ref _continuity[packet.Pid];
        // Only packets with payload count (§2.4.3.3); the first round counts from 1 like any other.
        if (packet.HasPayload)
            counter = (byte)((counter + 1) & 0x0f);
        TsPacket.WriteContinuityCounter(bytes, counter);
    }

    private static void Shift(PesHeader pes, long pts, long shift, Span<byte> payload) => (pes with
    {
        Pts90kHz = (pts + shift) % TsClock.PtsModulus,
        Dts90kHz = pes.Dts90kHz is { } dts ? (dts + shift) % TsClock.PtsModulus : null,
    }).Write(payload);

    // Between two PCRs the bytes are evenly spread; before the first and after the last the nearest rate goes on.
    private static long[] Clock(byte[] clip, int packets, out long roundPcr)
    {
        var anchors = new List<(int Packet, long Pcr)>();
        for (var i = 0; i < packets; i++)
            if (TsPacket.TryParse(clip.AsSpan(i * TsPacket.Size), out var packet) && packet.TryGetPcr(out var pcr))
                anchors.Add((i, pcr));
        if (anchors.Count < 2)
            throw new ArgumentException("The clip has no clock to play it by: it needs two PCRs.", nameof(clip));
        var clock = new long[packets];
        var segment = 0;
        for (var i = 0; i < packets; i++)
        {
            while (segment < anchors.Count - 2 && i >= anchors[segment + 1].Packet)
                segment++;
            clock[i] = At(anchors[segment], anchors[segment + 1], i);
        }
        roundPcr = At(anchors[^2], anchors[^1], packets) - clock[0];
        for (var i = packets - 1; i >= 0; i--)
            clock[i] -= clock[0];
        return clock;
    }

    private static long At((int Packet, long Pcr) from, (int Packet, long Pcr) to, int packet) =>
        from.Pcr + (packet - from.Packet) * TsClock.PcrDistance(from.Pcr, to.Pcr) / (to.Packet - from.Packet);
}
