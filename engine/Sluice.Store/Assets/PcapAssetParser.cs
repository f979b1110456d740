using Sluice.Wire.MpegTs;
using Sluice.Wire.Pcap;
using Sluice.Wire.Rtp;

namespace Sluice.Store;

/// <summary>
/// One stream of a capture file: the datagrams of one UDP flow, as RTP of one SSRC or as bare MPEG-TS, at the times at which they were captured.
/// Everything else in the file is rest.
/// </summary>
internal sealed class PcapAssetParser(FlowWish wish, IAssetSink sink) : AssetParser(sink)
{
    private readonly ByteQueue _unread = new();
    private readonly CapturedFlow _flow = new(wish);
    private PcapHeader _file;
    private bool _hasHeader;
    private long _at;

    public override string Format => "pcap";

    public override string? Take(ReadOnlySpan<byte> bytes)
    {
        _unread.Add(bytes);
        if (!_hasHeader && TakeHeader() is { } wrong)
            return wrong;
        while (_hasHeader && PcapRecord.TryRead(_unread.Bytes, _file, out var record) && _unread.Count >= PcapRecord.Size + record.CapturedLength)
            TakeRecord(record);
        if (_hasHeader && _unread.Count >= PcapRecord.Size && !PcapRecord.TryRead(_unread.Bytes, _file, out _))
            return $"at byte {_at} there is no captured packet: its length is none";
        return _flow.Wrong;
    }

    public override string? End()
    {
        GiveRest(_unread.Bytes);
        if (!_hasHeader)
            return "it ends within the header of a capture file";
        return _flow.Wrong ?? (_flow.Records > 0 ? null : wish == default
            ? "it holds no MPEG-TS, over RTP or UDP; another RTP stream needs ?rtpmap=, such as ?rtpmap=H264/90000"
            : "it holds no such stream");
    }

    private string? TakeHeader()
    {
        if (_unread.Count < PcapHeader.Size)
            return null;
        _hasHeader = PcapHeader.TryRead(_unread.Bytes, out _file);
        if (!_hasHeader)
            return "it is a capture file of an unknown version";
        GiveRest(_unread.Bytes[..PcapHeader.Size]);
        return null;
    }

    private void TakeRecord(in PcapRecord record)
    {
        var whole = _unread.Bytes[..(PcapRecord.Size + record.CapturedLength)];
        var frame = whole[PcapRecord.Size..];
        if (!CapturedUdp.TryParse(frame, _file.Link, out var datagram) || !_flow.TryTake(record.TimeNs, datagram, out var meta, out var payload))
        {
            GiveRest(whole);
            return;
        }
        whole.Overlaps(payload, out var before);
        var (offset, length) = (before, payload.Length);
        if (_flow.Records == 1)
            Sink.Media(_flow.Media);
        GiveRest(whole[..offset]);
        Sink.Record(meta, whole.Slice(offset, length));
        Move(length);
        DurationNs = meta.DeliveryWallNs;
        GiveRest(_unread.Bytes[..(whole.Length - offset - length)]);
    }

    private void GiveRest(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
            Sink.Rest(bytes);
        Move(bytes.Length);
    }

    private void Move(int bytes)
    {
        _at += bytes;
        _unread.Skip(bytes);
    }
}
