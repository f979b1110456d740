using System.Diagnostics;

namespace Sluice.Linux;

/// <summary>
/// One <c>sendmmsg</c>: messages of one packet or of a train. Each packet is a private header of up to 32 bytes, kept here, and a
/// payload that stays where it is. Allocates only when constructed. Owned by one thread.
/// </summary>
/// <remarks>
/// A message of several packets goes out as one GSO message (UDP_SEGMENT): all its packets but the last must be exactly
/// <c>segmentSize</c> bytes, header included, the last no longer, and the whole no more than <see cref="MessageBytesMax"/>.
/// </remarks>
public sealed unsafe class SendBatch : IDisposable
{
    /// <summary>The largest private header of a packet, in bytes: RTP with room for CSRCs or an extension.</summary>
    public const int HeaderBytesMax = 32;

    /// <summary>The largest UDP payload of one message, segmented or not (65,535 - 20 - 8, and less 20 for IPv6).</summary>
    public const int MessageBytesMax = 65_487;

    private const int NameStride = 32, ControlStride = 24;   // CMSG_SPACE(sizeof(u16))
    private const int SegmentControlLength = 18;             // CMSG_LEN(sizeof(u16))

    private readonly NativeBuffer _memory;
    private readonly mmsghdr* _messages;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly iovec* _vectors;
    private readonly byte* _headers;
    private readonly int[] _firstPacket;    // by message; the entry after the last message is the packet count
    private readonly int[] _segmentSize;    // by message; 0 when it may not be segmented
    private readonly int[] _bytes;          // by message
    private readonly int[] _firstVector;    // by packet; the entry after the last packet is the vector count
    private readonly int _packetsMax;
    private int _vectorCount;

    public SendBatch(int messagesMax, int packetsMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(messagesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(packetsMax, messagesMax);
        (MessagesMax, _packetsMax) = (messagesMax, packetsMax);
        var bytesPerMessage = sizeof(mmsghdr) + NameStride + ControlStride;
        var bytesPerPacket = (2 * sizeof(iovec)) + HeaderBytesMax;
        _memory = new NativeBuffer(((long)messagesMax * bytesPerMessage) + ((long)packetsMax * bytesPerPacket), prefault: true);
        _messages = (mmsghdr*)_memory.Address;   // sound: five arrays one after the other, each a multiple of 8 bytes
        _names = (byte*)(_messages + messagesMax);
        _controls = _names + (messagesMax * NameStride);
        _vectors = (iovec*)(_controls + (messagesMax * ControlStride));
        _headers = (byte*)(_vectors + (2 * packetsMax));
        _firstPacket = new int[messagesMax + 1];
        _segmentSize = new int[messagesMax];
        _bytes = new int[messagesMax];
        _firstVector = new int[packetsMax + 1];
        for (var i = 0; i < messagesMax; i++) WriteConstants(i);
    }

    public int MessagesMax { get; }

    public int MessageCount { get; private set; }

    public int PacketCount { get; private set; }

    public bool HasRoomFor(int messages, int packets) =>
        MessageCount + messages <= MessagesMax && PacketCount + packets <= _packetsMax;

    /// <param name="to">Where all packets of this message go.</param>
    /// <param name="segmentSize">Bytes of each packet but the last, header included; 0 for a message of one packet.</param>
    public void BeginMessage(in DatagramAddress to, int segmentSize)
    {
        Debug.Assert(segmentSize is >= 0 and <= ushort.MaxValue, "UDP_SEGMENT is 16 bits");
        var m = MessageCount;
        if (m >= MessagesMax) throw new InvalidOperationException("No room: ask HasRoomFor first.");
        *(DatagramAddress*)(_names + (m * NameStride)) = to;
        ref var header = ref _messages[m].msg_hdr;
        header.msg_namelen = (uint)to.Length;
        header.msg_iov = _vectors + _vectorCount;
        header.msg_iovlen = 0;
        header.msg_control = null;
        header.msg_controllen = 0;
        _segmentSize[m] = segmentSize;
        _bytes[m] = 0;
        _firstPacket[m] = PacketCount;
        MessageCount = m + 1;
        _firstPacket[MessageCount] = PacketCount;
    }

    /// <summary>
    /// Adds a packet to the message begun last. Returns its private header space, to be filled by the caller before sending. The payload
    /// is not copied: its memory must stay until the batch has been sent and cleared.
    /// </summary>
    public Span<byte> AddPacket(int headerLength, nint payload, int payloadLength)
    {
        var (m, p) = (MessageCount - 1, PacketCount);
        if (p >= _packetsMax || m < 0 || (uint)headerLength > HeaderBytesMax || payloadLength < 0) ThrowNoRoom();
        if (p > _firstPacket[m]) JoinTrain(m, headerLength + payloadLength);
        var header = _headers + (p * HeaderBytesMax);
        if (headerLength > 0) _vectors[_vectorCount++] = new iovec { iov_base = header, iov_len = (nuint)headerLength };
        _vectors[_vectorCount++] = new iovec { iov_base = (void*)payload, iov_len = (nuint)payloadLength };
        _bytes[m] += headerLength + payloadLength;
        _messages[m].msg_hdr.msg_iovlen = (nuint)(_vectorCount - _firstVector[_firstPacket[m]]);
        PacketCount = _firstPacket[m + 1] = p + 1;
        _firstVector[PacketCount] = _vectorCount;
        return new Span<byte>(header, headerLength);   // sound: this packet's own slot, as long as the batch lives
    }

    public int PacketsIn(int message) => _firstPacket[Check(message) + 1] - _firstPacket[message];

    /// <summary>Bytes of all packets of a message, headers included.</summary>
    public int BytesIn(int message) => _bytes[Check(message)];

    public int SegmentSize(int message) => _segmentSize[Check(message)];

    public ref readonly DatagramAddress To(int message) => ref *(DatagramAddress*)(_names + (Check(message) * NameStride));

    public ReadOnlySpan<byte> Header(int message, int packet)
    {
        var first = Vectors(message, packet, out var count);
        return count == 2 ? View(_vectors[first]) : default;
    }

    /// <summary>The payload bytes, for in-memory sockets and tests. Never look at one that lies in a <see cref="MappedFile"/>.</summary>
    public ReadOnlySpan<byte> Payload(int message, int packet)
    {
        var first = Vectors(message, packet, out var count);
        return View(_vectors[first + count - 1]);
    }

    /// <summary>Forgets all messages; their payloads may be reused.</summary>
    public void Clear() => (MessageCount, PacketCount, _vectorCount) = (0, 0, 0);

    public void Dispose() => _memory.Dispose();

    internal int SendTo(int fd, int first)
    {
        Debug.Assert(first >= 0 && first <= MessageCount, "not a message of this batch");
        if ((uint)first >= (uint)MessageCount) return 0;
        var sent = Libc.sendmmsg(fd, _messages + first, (uint)(MessageCount - first), Libc.MSG_DONTWAIT);
        return sent >= 0 ? sent : Libc.NegativeErrno();
    }

    /// <summary>Sends one packet of a message as a datagram of its own. Bytes sent, or -errno.</summary>
    internal int SendPacketTo(int fd, int message, int packet)
    {
        var first = Vectors(message, packet, out var count);
        var single = _messages[message].msg_hdr;
        single.msg_iov = _vectors + first;
        single.msg_iovlen = (nuint)count;
        single.msg_control = null;
        single.msg_controllen = 0;
        var sent = (int)Libc.sendmsg(fd, &single, Libc.MSG_DONTWAIT);
        return sent >= 0 ? sent : Libc.NegativeErrno();
    }

    private static void ThrowNoRoom() => throw new InvalidOperationException("No room, no message begun, or a bad length: our own bug.");

    private void JoinTrain(int m, int packetBytes)
    {
        var segmentSize = _segmentSize[m];
        Debug.Assert(segmentSize > 0, "a message of several packets needs a segment size, or they would arrive as one datagram");
        Debug.Assert(_bytes[m] % segmentSize == 0 && packetBytes <= segmentSize, "only the last packet of a train may be shorter");
        Debug.Assert(_bytes[m] + packetBytes <= MessageBytesMax, "more than one UDP message can carry");
        ref var header = ref _messages[m].msg_hdr;
        var control = _controls + (m * ControlStride);
        *(ushort*)(control + sizeof(cmsghdr)) = (ushort)segmentSize;
        header.msg_control = control;
        header.msg_controllen = ControlStride;
    }

    private void WriteConstants(int m)
    {
        _messages[m].msg_hdr.msg_name = _names + (m * NameStride);
        *(cmsghdr*)(_controls + (m * ControlStride)) =
            new cmsghdr { cmsg_len = SegmentControlLength, cmsg_level = SocketOption.SOL_UDP, cmsg_type = SocketOption.UDP_SEGMENT };
    }

    private int Vectors(int message, int packet, out int count)
    {
        if ((uint)packet >= (uint)PacketsIn(message)) throw new ArgumentOutOfRangeException(nameof(packet));
        var p = _firstPacket[message] + packet;
        count = _firstVector[p + 1] - _firstVector[p];
        return _firstVector[p];
    }

    private static ReadOnlySpan<byte> View(iovec vector) => new(vector.iov_base, (int)vector.iov_len);   // sound: whoever added it vouched

    private int Check(int message)
    {
        if ((uint)message >= (uint)MessageCount) throw new ArgumentOutOfRangeException(nameof(message));
        return message;
    }
}
