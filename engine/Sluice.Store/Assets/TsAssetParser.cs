using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Store;

/// <summary>
/// An MPEG-TS file as packets of seven: found by its sync bytes, timed by its clock references (<see cref="PcrLine"/>). The same times and records as
/// <see cref="TsImport"/> gives a file that is nothing but whole packets; here bytes that are none stay in their place as rest.
/// </summary>
internal sealed class TsAssetParser(IAssetSink sink) : AssetParser(sink)
{
    private const int RecordBytes = TsDatagram.UsualPackets * TsPacket.Size;

    /// <summary>Packets in a row that make a sync byte believed: by chance one place in 16 million has three.</summary>
    private const int LockPackets = 3;

    /// <summary>What may lie between two stretches of packets, in all the file.</summary>
    private const long JunkBytesMax = 1 << 20;

    private readonly PcrLine _line = new();
    private readonly TsAccessFinder _finder = new();
    private readonly ByteQueue _unread = new();             // not yet known to be packets or not
    private readonly ByteQueue _held = new();               // known, and waiting for their time
    private readonly Queue<(int Length, bool IsPacket)> _runs = [];
    private readonly byte[] _record = new byte[RecordBytes];
    private int _recordBytes;
    private long _recordNs, _baseNs, _packets, _given, _records, _junk, _taken;
    private bool _isLocked;

    public override string Format => "MPEG-TS";

    public override string? Take(ReadOnlySpan<byte> bytes)
    {
        _unread.Add(bytes);
        return Sort(isEnd: false);
    }

    public override string? End()
    {
        if (Sort(isEnd: true) is { } wrong)
            return wrong;
        if (_line.Anchors < 2)
            return _packets == 0 ? NoPackets : "it has no clock references (PCR), so nothing says when its packets should leave";
        Give(_packets);
        EndRecord();
        DurationNs = _line.NsOf(_packets) - _baseNs;
        return null;
    }

    // Says of all that is certain what it is.
    private string? Sort(bool isEnd)
    {
        while (_unread.Count > 0)
        {
            var bytes = _unread.Bytes;
            if (_isLocked && bytes.Length >= TsPacket.Size && bytes[0] == TsPacket.SyncByte)
                TakePacket(bytes[..TsPacket.Size]);
            else if (_isLocked && bytes[0] == TsPacket.SyncByte && !isEnd)
                break;
            else if (!Seek(isEnd))
                break;
            if (_junk > JunkBytesMax || (_held.Count > HeldBytesMax && !TryLetGo()))
                return _junk > JunkBytesMax ? NoPackets
                    : $"it has no clock references (PCR) in {HeldBytesMax >> 20} MiB, so nothing says when its packets should leave";
        }
        return null;
    }

    // To the next place from which sync bytes follow each other; false when more bytes must come first.
    private bool Seek(bool isEnd)
    {
        _isLocked = false;
        var bytes = _unread.Bytes;
        const int sight = (LockPackets - 1) * TsPacket.Size + 1;
        var at = 0;
        for (; !_isLocked; at += _isLocked ? 0 : 1)
        {
            var next = bytes[at..].IndexOf(TsPacket.SyncByte);
            at = next < 0 ? bytes.Length : at + next;
            if (at + sight > bytes.Length)
                break;
            _isLocked = bytes[at + TsPacket.Size] == TsPacket.SyncByte && bytes[at + 2 * TsPacket.Size] == TsPacket.SyncByte;
        }
        at = isEnd && !_isLocked ? bytes.Length : at;
        if (at > 0)
            TakeJunk(bytes[..at]);
        return at > 0 || _isLocked;
    }

    private void TakePacket(ReadOnlySpan<byte> packet)
    {
        Hold(packet, isPacket: true);
        var isAnchor = _line.Take(_packets++, packet);
        _unread.Skip(TsPacket.Size);
        if (!isAnchor || _line.Anchors < 2)
            return;
        if (_line.Anchors == 2)
            _baseNs = _line.NsOf(0);
        Give(_line.Last.Packet);
    }

    private void TakeJunk(ReadOnlySpan<byte> bytes)
    {
        Hold(bytes, isPacket: false);
        _junk += bytes.Length;
        _unread.Skip(bytes.Length);
    }

    private void Hold(ReadOnlySpan<byte> bytes, bool isPacket)
    {
        _held.Add(bytes);
        _runs.Enqueue((bytes.Length, isPacket));
        _taken += bytes.Length;
    }

    // The references ended: on at the rate so far, as long as it takes for others to come.
    private bool TryLetGo()
    {
        if (_line.Anchors < 2)
            return false;
        Give(_packets);
        _line.Release();
        return true;
    }

    // Everything before a packet has its time.
    private void Give(long before)
    {
        while (_runs.TryPeek(out var run) && (!run.IsPacket || _given < before))
        {
            var bytes = _held.Bytes[..run.Length];
            if (run.IsPacket)
                Put(bytes, _line.NsOf(_given++) - _baseNs);
            else
            {
                EndRecord();
                Sink.Rest(bytes);
            }
            _held.Skip(run.Length);
            _runs.Dequeue();
        }
        DurationNs = Math.Max(DurationNs, _given == 0 ? 0 : _line.NsOf(_given) - _baseNs);
    }

    private void Put(ReadOnlySpan<byte> packet, long ns)
    {
        _recordNs = _recordBytes == 0 ? ns : _recordNs;
        packet.CopyTo(_record.AsSpan(_recordBytes));
        _recordBytes += packet.Length;
        if (_recordBytes == RecordBytes)
            EndRecord();
    }

    private void EndRecord()
    {
        if (_recordBytes == 0)
            return;
        var payload = _record.AsSpan(0, _recordBytes);
        if (_records == 0)
            Sink.Media(StoredMedia.MpegTs);
        var isAccess = _finder.Receive(payload, (uint)_records);
        Sink.Record(new RecordMeta
        {
            FeedSequence = (ulong)_records,
            DeliveryWallNs = _recordNs,
            DeliveryNs = _recordNs,
            RtpTimestamp = (uint)(_recordNs * 9 / 100_000),
            MarkerAndPayloadType = StoredMedia.MpegTs.PayloadType,
            Flags = (_records == 0 ? RecordFlags.Discontinuity : 0) | (isAccess ? RecordFlags.RandomAccess : 0),
        }, payload);
        (_recordBytes, _records) = (0, _records + 1);
    }

    private string NoPackets => $"after byte {_taken - _junk} there are no MPEG-TS packets of 188 bytes, and it is no capture file (pcap) either";
}
