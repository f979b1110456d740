using Sluice.Wire.MpegTs;
using Sluice.Wire.Pcap;
using Sluice.Wire.RandomAccess;
using Sluice.Wire.Rtp;

namespace Sluice.Store;

/// <summary>
/// The stream of a capture that is meant: bound by the first datagram that could be it, from then on this sender, destination and SSRC. Packets that come
/// late or again are left out, a restart goes on.
/// </summary>
internal sealed class CapturedFlow(FlowWish wish)
{
    /// <summary>Further away than this is a new start and no loss (RFC 3550 A.1, MAX_DROPOUT).</summary>
    private const int JumpMax = 3_000;

    private readonly TsAccessFinder _tables = new();
    private readonly byte[] _addresses = new byte[32];
    private bool _isBound, _isRtp;
    private ushort _sourcePort, _port, _sequence;
    private uint _ssrc;
    private byte _payloadType;
    private AccessCodec _codec = AccessCodec.MpegTs;
    private long _beganNs, _lastNs;
    private ulong _number;

    public StoredMedia Media { get; private set; } = StoredMedia.MpegTs;

    public long Records { get; private set; }

    /// <summary>Null, or why the stream that is meant cannot be taken.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Whether this is its next packet.</summary>
    /// <param name="timeNs">When it was captured.</param>
    /// <param name="datagram">What was captured.</param>
    /// <param name="meta">About it.</param>
    /// <param name="payload">Part of the datagram.</param>
    public bool TryTake(long timeNs, in CapturedUdp datagram, out RecordMeta meta, out ReadOnlySpan<byte> payload)
    {
        meta = default;
        payload = default;
        var isRtp = TryReadRtp(datagram.Payload, out var packet);
        if (_isBound ? !IsOurs(datagram) || isRtp != _isRtp || (isRtp && packet.Ssrc != _ssrc) : !TryBind(timeNs, datagram, isRtp, packet))
            return false;
        payload = isRtp ? packet.Payload : datagram.Payload;
        if (payload.IsEmpty || payload.Length > RecordCodec.PayloadBytesMax || (isRtp ? packet.PayloadType != _payloadType : !IsTs(payload)))
            return false;
        var isBreak = Records == 0;
        if (isRtp && !TryAdvance(packet.SequenceNumber, ref isBreak))
            return false;
        _number += isRtp || Records == 0 ? 0UL : 1UL;
        _lastNs = Math.Max(_lastNs, timeNs - _beganNs);     // a capture may be a little out of order
        meta = new RecordMeta
        {
            FeedSequence = _number,
            DeliveryWallNs = _lastNs,
            DeliveryNs = _lastNs,
            RtpTimestamp = isRtp ? packet.Timestamp : (uint)(_lastNs * 9 / 100_000),
            MarkerAndPayloadType = isRtp ? (byte)(packet.PayloadType | (packet.Marker ? 0x80 : 0)) : StoredMedia.MpegTs.PayloadType,
            Flags = (isBreak ? RecordFlags.Discontinuity : 0) | (IsAccess(payload) ? RecordFlags.RandomAccess : 0),
        };
        Records++;
        return true;
    }

    private bool IsAccess(ReadOnlySpan<byte> payload) => _codec == AccessCodec.MpegTs
        ? _tables.Receive(payload, (uint)Records) : RtpAccess.Judge(_codec, payload) == AccessVerdict.Picture;

    private static bool TryReadRtp(ReadOnlySpan<byte> datagram, out RtpPacket packet)
    {
        // RFC 5761 §4: 64 to 95 with these payload types is RTCP.
        packet = default;
        return !IsTs(datagram) && RtpPacket.TryParse(datagram, out packet) && packet.PayloadType is < 64 or > 95;
    }

    private static bool IsTs(ReadOnlySpan<byte> payload) => TsDatagram.TryParse(payload, out _);

    private bool TryBind(long timeNs, in CapturedUdp datagram, bool isRtp, in RtpPacket packet)
    {
        if ((wish.Port is { } port && datagram.DestinationPort != port) || (wish.Ssrc is { } ssrc && !(isRtp && packet.Ssrc == ssrc)))
            return false;
        var isTs = IsTs(isRtp ? packet.Payload : datagram.Payload);
        if (!isTs && (!isRtp || wish == default))
            return false;
        if (!isTs && wish.Media is null)
        {
            Wrong = $"the stream's payload type is {packet.PayloadType} and it is not MPEG-TS; say what it is with ?rtpmap=, such as ?rtpmap=H264/90000";
            return false;
        }
        (_isBound, _isRtp, _beganNs, _sourcePort, _port) = (true, isRtp, timeNs, datagram.SourcePort, datagram.DestinationPort);
        datagram.Source.CopyTo(_addresses);
        datagram.Destination.CopyTo(_addresses.AsSpan(16));
        if (!isRtp)
            return true;
        (_ssrc, _payloadType, _sequence) = (packet.Ssrc, packet.PayloadType, packet.SequenceNumber);
        Media = (isTs ? StoredMedia.MpegTs : wish.Media!.Value) with { PayloadType = packet.PayloadType };
        _codec = RtpAccess.CodecOf(Media.Encoding, isAudio: false);
        return true;
    }

    private bool IsOurs(in CapturedUdp datagram) => datagram.SourcePort == _sourcePort && datagram.DestinationPort == _port
        && _addresses.AsSpan(0, datagram.Source.Length).SequenceEqual(datagram.Source)
        && _addresses.AsSpan(16, datagram.Destination.Length).SequenceEqual(datagram.Destination);

    // RFC 3550 A.1, after the fact: no probation, for what is not there will not come.
    private bool TryAdvance(ushort sequence, ref bool isBreak)
    {
        if (isBreak)
        {
            _sequence = sequence;
            return true;
        }
        var ahead = (short)(sequence - _sequence);
        if (ahead is <= 0 and > -JumpMax)
            return false;
        isBreak = ahead is < 0 or > JumpMax;
        _number += isBreak ? 1UL : (ulong)ahead;
        _sequence = sequence;
        return true;
    }
}
