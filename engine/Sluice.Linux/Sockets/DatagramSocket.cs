namespace Sluice.Linux;

/// <summary>
/// One non-blocking UDP socket. A small value: copies speak for the same descriptor, which the first Dispose of any of them closes; the
/// owner disposes after the threads that use it have stopped. Receiving and sending may be done by two threads, each direction by one.
/// IP_RECVERR is never set: on a shared socket one dead client's ICMP would fail the next send to a healthy one.
/// </summary>
public readonly struct DatagramSocket : IDatagramSocket, IDisposable
{
    private readonly SocketOwner? _owner;

    internal DatagramSocket(SocketOwner owner) => (Handle, _owner) = (owner.Handle, owner);

    /// <summary>The descriptor, for a <see cref="Poller"/>.</summary>
    public int Handle { get; }

    /// <summary>Opens, binds and joins. On false nothing stays open and <paramref name="error"/> says what to do.</summary>
    public static bool TryOpen(DatagramSocketOptions options, out DatagramSocket socket, out LinuxError error) =>
        SocketOpener.TryOpen(options, out socket, out error);

    public ushort LocalPort => LocalAddress.Port;

    public DatagramAddress LocalAddress => SocketOpener.LocalAddress(Handle);

    /// <summary>What the kernel granted, in the unit of the request (it keeps twice that, for its bookkeeping).</summary>
    public int ReceiveBufferBytes => SocketSetup.Get(Handle, SocketOption.SOL_SOCKET, SocketOption.SO_RCVBUF) / 2;

    /// <inheritdoc cref="ReceiveBufferBytes"/>
    public int SendBufferBytes => SocketSetup.Get(Handle, SocketOption.SOL_SOCKET, SocketOption.SO_SNDBUF) / 2;

    public int ReceiveBatch(ReceiveBatch batch, MonotonicTime now) => batch.ReceiveFrom(Handle, now);

    public int SendBatch(SendBatch batch, int first) => batch.SendTo(Handle, first);

    /// <summary>
    /// Sends every packet of one message as a datagram of its own: what to do when a device answers EIO or EINVAL to a train.
    /// Returns how many went out; <paramref name="results"/>, one per packet, has the bytes sent or -errno.
    /// </summary>
    public int SendSingly(SendBatch batch, int message, Span<int> results)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var sent = 0;
        for (var packet = 0; packet < batch.PacketsIn(message); packet++)
        {
            results[packet] = batch.SendPacketTo(Handle, message, packet);
            if (results[packet] >= 0) sent++;
        }
        return sent;
    }

    /// <summary>Sends one datagram (RTCP, probes). Bytes sent, or -errno.</summary>
    public unsafe int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)   // sound: both are pinned for the call, and the kernel only reads
        fixed (DatagramAddress* address = &to)
        {
            var sent = (int)Libc.sendto(Handle, start, (nuint)bytes.Length, Libc.MSG_DONTWAIT, address, (uint)to.Length);
            return sent >= 0 ? sent : Libc.NegativeErrno();
        }
    }

    /// <summary>
    /// Leaves the group and joins it again: memberships vanish with their device, and IPv6 source-specific ones when the link goes down.
    /// True without doing anything when there is no group.
    /// </summary>
    public bool TryRejoin(out LinuxError error) 
    {
        error = default;
        return _owner is null || Membership.TryRejoin(_owner, out error);
    }

    /// <summary>
    /// Sends through the device of its options again: a device that was made anew has another index, which the socket does not know.
    /// True without doing anything when no device was named.
    /// </summary>
    public bool TryRefreshDevice(out LinuxError error)
    {
        error = default;
        return _owner is null || SocketOpener.TryRefreshDevice(_owner, out error);
    }

    public void Dispose() => _owner?.Close();
}
