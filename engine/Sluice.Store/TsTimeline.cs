using Sluice.Wire.MpegTs;

namespace Sluice.Store;

/// <summary>
/// When each packet of an MPEG-TS file should leave: its clock references (PCR) say it for their own packets, bytes in between say it for the others
/// (ISO/IEC 13818-1 §2.4.2.2). Read once from the file; a reference that jumps goes on at the rate before it.
/// </summary>
public sealed class TsTimeline
{
    /// <summary>References lie 100 ms apart at most (§2.7.2); one that is a second away belongs to another clock.</summary>
    private const long JumpTicks = TsClock.PcrHz;

    private readonly List<(long Packet, long Ns)> _anchors = [];
    private int _pid = -1;
    private long _lastPcr;

    private TsTimeline() { }

    public long Packets { get; private set; }

    /// <summary>From the first packet to the end of the last, ns.</summary>
    public long DurationNs => NsOf(Packets);

    /// <summary>
    /// Reads a file through. False with what is wrong with it, as a sentence: it must be whole 188-byte packets, with at least two clock references.
    /// </summary>
    public static bool TryRead(Stream file, Action<long> progress, out TsTimeline timeline, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(progress);
        (timeline, wrong) = (new TsTimeline(), "");
        var block = new byte[TsPacket.Size * 1_024];
        for (int got; wrong.Length == 0 && (got = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) > 0;)
        {
            wrong = timeline.Take(block.AsSpan(0, got));
            progress(timeline.Packets * TsPacket.Size);
        }
        if (wrong.Length == 0 && timeline._anchors.Count < 2)
            wrong = "it has no clock references (PCR), so nothing says when its packets should leave";
        return wrong.Length == 0;
    }

    /// <summary>Since the first packet, ns; asked for ascending packets it costs nothing.</summary>
    public long NsOf(long packet)
    {
        while (_at + 2 < _anchors.Count && _anchors[_at + 1].Packet <= packet)
            _at++;
        if (_anchors[_at].Packet > packet)
            _at = 0;
        while (_at + 2 < _anchors.Count && _anchors[_at + 1].Packet <= packet)
            _at++;
        var (from, to) = (_anchors[_at], _anchors[_at + 1]);
        return OnLine(from, to, packet) - OnLine(_anchors[0], _anchors[1], 0);
    }

    private int _at;

    private string Take(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= TsPacket.Size; bytes = bytes[TsPacket.Size..], Packets++)
        {
            if (bytes[0] != TsPacket.SyncByte)
                return $"at byte {Packets * TsPacket.Size} there is no MPEG-TS packet: the sync byte is missing";
            if (TsPacket.TryParse(bytes, out var packet) && packet.TryGetPcr(out var pcr) && (_pid < 0 || packet.Pid == _pid))
                Anchor(packet.Pid, pcr);
        }
        return bytes.IsEmpty ? "" : $"it ends within a packet, {bytes.Length} bytes after the last whole one";
    }

    private void Anchor(int pid, long pcr)
    {
        if (_anchors.Count == 0)
            _anchors.Add((Packets, 0));
        else if (Packets > _anchors[^1].Packet)
            _anchors.Add((Packets, Next(TsClock.PcrDistance(_lastPcr, pcr))));
        (_pid, _lastPcr) = (pid, pcr);
    }

    private long Next(long ticks)
    {
        var last = _anchors[^1];
        if (ticks is > 0 and < JumpTicks)
            return last.Ns + ticks * 1_000 / 27;
        return _anchors.Count > 1 ? OnLine(_anchors[^2], last, Packets) : last.Ns;
    }

    private static long OnLine((long Packet, long Ns) from, (long Packet, long Ns) to, long packet) =>
        from.Ns + (long)((Int128)(packet - from.Packet) * (to.Ns - from.Ns) / (to.Packet - from.Packet));
}
