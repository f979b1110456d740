namespace Sluice.Wire.Rtcp;

/// <summary>
/// Puts one compound together in a datagram buffer (RFC 3550 §6.1): a report first, then the CNAME, then feedback or a
/// BYE. What does not fit is refused and leaves the buffer's used part as it was.
/// </summary>
public ref struct RtcpCompoundWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    /// <summary>Bytes of the datagram so far.</summary>
    public int Length { get; private set; }

    /// <summary>What a source sends regularly: sender report without blocks, CNAME, and on leaving a BYE. 0 when it does not fit.</summary>
    public static int Write(Span<byte> target, in SenderReport report, ReadOnlySpan<byte> cname, bool leaving = false)
    {
        var writer = new RtcpCompoundWriter(target);
        bool fits = writer.TryAdd(report)
            && writer.TryAddCname(report.SenderSsrc, cname)
            && (!leaving || writer.TryAddBye(report.SenderSsrc));
        return fits ? writer.Length : 0;
    }

    /// <summary>The same for a participant that sends nothing at the moment: an empty receiver report opens the compound.</summary>
    public static int Write(Span<byte> target, in ReceiverReport report, ReadOnlySpan<byte> cname, bool leaving = false)
    {
        var writer = new RtcpCompoundWriter(target);
        bool fits = writer.TryAdd(report)
            && writer.TryAddCname(report.SenderSsrc, cname)
            && (!leaving || writer.TryAddBye(report.SenderSsrc));
        return fits ? writer.Length : 0;
    }

    public bool TryAdd(in SenderReport report, scoped ReadOnlySpan<ReportBlock> blocks = default)
    {
        if (blocks.Length > RtcpPacket.CountMax || !TryTake(SenderReport.SizeWith(blocks.Length), out var part))
            return false;
        report.Write(part, blocks);
        return true;
    }

    public bool TryAdd(in ReceiverReport report, scoped ReadOnlySpan<ReportBlock> blocks = default)
    {
        if (blocks.Length > RtcpPacket.CountMax || !TryTake(ReceiverReport.SizeWith(blocks.Length), out var part))
            return false;
        report.Write(part, blocks);
        return true;
    }

    public bool TryAddCname(uint ssrc, scoped ReadOnlySpan<byte> cname)
    {
        if (cname.Length > Sdes.TextMax || !TryTake(Sdes.SizeOfCname(cname.Length), out var part))
            return false;
        Sdes.WriteCname(part, ssrc, cname);
        return true;
    }

    public bool TryAddBye(uint ssrc, scoped ReadOnlySpan<byte> reason = default)
    {
        if (reason.Length > Bye.ReasonMax || !TryTake(Bye.SizeOf(reason.Length), out var part))
            return false;
        Bye.Write(part, ssrc, reason);
        return true;
    }

    public bool TryAddNack(uint senderSsrc, uint mediaSsrc, scoped ReadOnlySpan<NackEntry> entries)
    {
        if (entries.IsEmpty || !TryTake(GenericNack.SizeWith(entries.Length), out var part))
            return false;
        GenericNack.Write(part, senderSsrc, mediaSsrc, entries);
        return true;
    }

    private bool TryTake(int size, out Span<byte> part)
    {
        bool fits = size <= _target.Length - Length;
        part = fits ? _target.Slice(Length, size) : default;
        Length += part.Length;
        return fits;
    }
}
