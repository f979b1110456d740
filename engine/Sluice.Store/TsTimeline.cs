using Sluice.Wire.MpegTs;

namespace Sluice.Store;

/// <summary>
/// When each packet of an MPEG-TS file should leave, as its <see cref="PcrLine"/> says. Read once from the file.
/// </summary>
public sealed class TsTimeline
{
    private readonly List<(long Packet, long Ns)> _anchors = [];
    private readonly PcrLine _line = new();

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
        return PcrLine.On(from, to, packet) - PcrLine.On(_anchors[0], _anchors[1], 0);
    }

    private int _at;

    private string Take(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= TsPacket.Size; bytes = bytes[TsPacket.Size..], Packets++)
        {
            if (bytes[0] != TsPacket.SyncByte)
                return $"at byte {Packets * TsPacket.Size} there is no MPEG-TS packet: the sync byte is missing";
            if (_line.Take(Packets, bytes))
                _anchors.Add(_line.Last);
        }
        return bytes.IsEmpty ? "" : $"it ends within a packet, {bytes.Length} bytes after the last whole one";
    }
}
