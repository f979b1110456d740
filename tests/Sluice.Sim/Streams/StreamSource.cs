using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Sim;

/// <summary>
/// A sender with its own clock: says when its next packet leaves and what it is. Its RTP clock and its PCR follow the
/// sender's time, which runs away from ours by the plan's drift.
/// </summary>
public sealed class StreamSource(StreamPlan plan, Chance chance)
{
    private const long NsPerSecond = 1_000_000_000;
    private const long PacketSpacingNs = 2_000;             // within a group: line speed, near enough

    private long _sent;                 // packets since the start
    private long _epochFirst;           // the packet that began the epoch
    private int _epoch;
    private int _restarts;
    private ushort _sequence = plan.FirstSequence;
    private uint _timestamp = plan.FirstTimestamp;
    private long _pcr = plan.FirstPcr;
    private uint _ssrc = plan.Ssrc;

    public StreamPlan Plan => plan;

    /// <summary>When the next packet leaves, <see cref="long.MaxValue"/> when the source has stopped.</summary>
    public long NextNs
    {
        get
        {
            var atNs = plan.StartNs + (long)(MediaNs(_sent) / (1 + plan.DriftPpm * 1e-6)) + _sent % plan.PacketsPerGroup * PacketSpacingNs;
            return atNs < plan.StopNs ? atNs : long.MaxValue;
        }
    }

    public bool IsSilent(long nowNs) => nowNs >= plan.SilentFromNs && nowNs < plan.SilentToNs;

    /// <summary>Makes the packet that leaves now. True: it begins a new epoch.</summary>
    public bool Emit(long nowNs, out SimPacket packet)
    {
        var begins = _restarts < plan.Restarts.Count && plan.Restarts[_restarts].AtNs <= nowNs && _sent % plan.PacketsPerGroup == 0;
        if (begins)
            Restart(plan.Restarts[_restarts++].NewSsrc);
        var elapsedNs = MediaNs(_sent) - MediaNs(_epochFirst);
        var inGroup = _sent % plan.PacketsPerGroup;
        packet = new SimPacket
        {
            Id = _sent,
            Source = plan.Index,
            Epoch = _epoch,
            SentNs = nowNs,
            Sequence = (ushort)(_sequence + (_sent - _epochFirst)),
            Timestamp = _timestamp + (uint)(elapsedNs / 1000 * 9 / 100),
            Ssrc = _ssrc,
            Pcr = inGroup == 0 ? (_pcr + elapsedNs / 1000 * 27) % TsClock.PcrModulus : -1,
            Marker = inGroup == plan.PacketsPerGroup - 1,
            HasExtension = plan.HasExtension,
            IsRaw = plan.IsRaw,
            IsAccess = plan.IsAccess(_sent),
            Tables = (sbyte)(plan.HasTables(_sent) ? _sent / plan.GopPackets % 16 : -1),
            TsPackets = (byte)(plan.TsPackets > 0 ? plan.TsPackets : 1 + chance.Below(7)),
        };
        if (packet.Tables >= 0)
            packet.TsPackets = Math.Max(packet.TsPackets, DatagramWriter.TsPacketsWithTables);
        _sent++;
        return begins;
    }

    // Far enough from the old numbers that it cannot be taken for loss (RFC 3550 A.1: 3,000 ahead, 100 behind),
    // and three restarts in one silence do not go round.
    private void Restart(bool newSsrc)
    {
        _epoch++;
        _sequence = (ushort)(_sequence + (_sent - _epochFirst) + chance.Between(8_000, 18_000));
        _timestamp = (uint)chance.Next();
        _pcr = chance.Below(TsClock.PcrModulus);
        _epochFirst = _sent;
        if (newSsrc)
            _ssrc = (uint)chance.Next();
    }

    private long MediaNs(long packet) =>
        Math.DivRem(packet / plan.PacketsPerGroup, plan.GroupsPerSecond, out var rest) * NsPerSecond + rest * NsPerSecond / plan.GroupsPerSecond;
}
