using System.Diagnostics;

namespace Sluice.Linux;

/// <summary>
/// One <c>recvmmsg</c>: where up to <see cref="Capacity"/> datagrams land and what the kernel says about each. Allocates only when
/// constructed. Owned by one thread; may serve several sockets in turn.
/// </summary>
public sealed unsafe class ReceiveBatch : IDisposable
{
    private const int NameStride = 32;
    internal const int ControlBytes = 128;   // a timestamp (32), a drop counter (24) and a segment size (24), with room for two more
    private const long AgeMaxNs = 10 * timespec.NsPerSecond;

    // A thread that lost its core after it read the clock receives what came since: that must not be squeezed onto one instant.
    private const long AheadMaxNs = timespec.NsPerSecond / 10;

    private readonly NativeBuffer _memory;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly long[] _arrivalNs;
    private readonly uint[] _queueOverflow;
    private readonly int[] _segmentSize;
    private int _limit;
    private int _used;   // leading places that were filled since they were last made ready

    public ReceiveBatch(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = _limit = capacity;
        var bytesEach = sizeof(mmsghdr) + sizeof(iovec) + NameStride + ControlBytes;
        _memory = new NativeBuffer((long)capacity * bytesEach, prefault: true);
        _messages = (mmsghdr*)_memory.Address;   // sound: four arrays one after the other, each a multiple of 16 bytes
        _vectors = (iovec*)(_messages + capacity);
        _names = (byte*)(_vectors + capacity);
        _controls = _names + (capacity * NameStride);
        _arrivalNs = new long[capacity];
        _queueOverflow = new uint[capacity];
        _segmentSize = new int[capacity];
        for (var i = 0; i < capacity; i++) Rearm(i);
    }

    public int Capacity { get; }

    /// <summary>How many leading places the next receive may fill: lower it when there are fewer slots than places.</summary>
    public int Limit
    {
        get => _limit;
        set => _limit = Math.Clamp(value, 0, Capacity);
    }

    /// <summary>Says where datagram <paramref name="index"/> lands. The memory must outlive the next receive.</summary>
    public void SetBuffer(int index, nint address, int length)
    {
        Check(index);
        _vectors[index] = new iovec { iov_base = (void*)address, iov_len = (nuint)length };
    }

    /// <summary>Bytes that landed in the buffer.</summary>
    public int Length(int index) => (int)At(index)->msg_len;

    /// <summary>The datagram was longer than its buffer; the rest is gone.</summary>
    public bool IsTruncated(int index) => (At(index)->msg_hdr.msg_flags & Libc.MSG_TRUNC) != 0;

    /// <summary>
    /// When the kernel took the datagram in, on the monotonic clock. The kernel stamps with the wall clock (SO_TIMESTAMPNS): the offset
    /// between the two is read once per batch, and the result is held between ten seconds ago and a tenth of a second ahead, so that
    /// a step of the wall clock cannot put a packet far into the future. Equal to "now" when the socket has no timestamps.
    /// </summary>
    public long ArrivalNs(int index) => _arrivalNs[Check(index)];

    public ref readonly DatagramAddress From(int index) => ref *(DatagramAddress*)(_names + (Check(index) * NameStride));

    /// <summary>Running count of what the socket had dropped for want of buffer by the time of this datagram (SO_RXQ_OVFL).</summary>
    public uint QueueOverflow(int index) => _queueOverflow[Check(index)];

    /// <summary>
    /// Bytes of each datagram in the buffer but the last, when the kernel handed several as one
    /// (<see cref="DatagramSocketOptions.ReceiveCoalesced"/>); the length itself when there is one.
    /// </summary>
    public int SegmentSize(int index) => _segmentSize[Check(index)] is > 0 and var size ? size : Length(index);

    /// <summary>For in-memory sockets: places a datagram as the kernel would, cutting it to the buffer.</summary>
    public void Deliver(int index, ReadOnlySpan<byte> bytes, long arrivalNs, in DatagramAddress from)
    {
        Debug.Assert(index < _limit, "beyond the limit that the receiver set");
        var vector = _vectors[Check(index)];
        var length = Math.Min(bytes.Length, (int)vector.iov_len);
        bytes[..length].CopyTo(new Span<byte>(vector.iov_base, length));   // sound: the buffer that SetBuffer vouched for
        _messages[index].msg_len = (uint)length;
        _messages[index].msg_hdr.msg_flags = length < bytes.Length ? Libc.MSG_TRUNC : 0;
        *(DatagramAddress*)(_names + (index * NameStride)) = from;
        _arrivalNs[index] = arrivalNs;
        _queueOverflow[index] = 0;
        _segmentSize[index] = 0;
        _used = Math.Max(_used, index + 1);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The raw control messages of one datagram, for tests that ask for more than the batch reports.</summary>
    internal ReadOnlySpan<byte> Control(int index) => new(At(index)->msg_hdr.msg_control, (int)At(index)->msg_hdr.msg_controllen);

    internal int ReceiveFrom(int fd, MonotonicTime now)
    {
        for (var i = 0; i < _used; i++) Rearm(i);
        var received = Libc.recvmmsg(fd, _messages, (uint)_limit, Libc.MSG_DONTWAIT, null);
        _used = Math.Max(received, 0);
        if (received > 0) ReadControl(received, now.Ns);
        else if (received < 0 && Libc.NegativeErrno() is var refused && refused is not (-Errno.EAGAIN or -Errno.EINTR)) return refused;
        return Math.Max(received, 0);
    }

    private void ReadControl(int received, long nowNs)
    {
        var wallMinusMonotonicNs = SystemClock.WallMinusMonotonicNs();
        for (var i = 0; i < received; i++)
        {
            ref var header = ref _messages[i].msg_hdr;
            var control = ControlReader.Read((byte*)header.msg_control, (int)header.msg_controllen);
            _queueOverflow[i] = control.QueueOverflow;
            _segmentSize[i] = control.SegmentSize;
            var arrivalNs = control.WallNs == 0 ? nowNs : control.WallNs - wallMinusMonotonicNs;
            _arrivalNs[i] = Math.Clamp(arrivalNs, nowNs - AgeMaxNs, nowNs + AheadMaxNs);
        }
    }

    // The kernel overwrites these lengths with what it filled, and leaves the tail of a short name as it was.
    private void Rearm(int i)
    {
        var name = _names + (i * NameStride);
        *(DatagramAddress*)name = default;
        ref var message = ref _messages[i];
        message.msg_hdr.msg_name = name;
        message.msg_hdr.msg_namelen = DatagramAddress.IPv6Bytes;
        message.msg_hdr.msg_iov = _vectors + i;
        message.msg_hdr.msg_iovlen = 1;
        message.msg_hdr.msg_control = _controls + (i * ControlBytes);
        message.msg_hdr.msg_controllen = ControlBytes;
        message.msg_hdr.msg_flags = 0;
    }

    private mmsghdr* At(int index) => _messages + Check(index);

    private int Check(int index)
    {
        if ((uint)index >= (uint)Capacity) throw new ArgumentOutOfRangeException(nameof(index));
        return index;
    }
}
