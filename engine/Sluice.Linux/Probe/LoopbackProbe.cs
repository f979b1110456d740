using System.Net;

namespace Sluice.Linux;

/// <summary>
/// One datagram to ourselves with a due time 20 ms ahead (SO_TXTIME): does it wait, and does it carry a receive timestamp? Kernels
/// without the fq or etf queue take the option and send at once.
/// </summary>
internal static unsafe class LoopbackProbe
{
    private const long AheadNs = 20_000_000, ToleranceNs = 2_000_000, PatienceNs = 100_000_000;
    private const int TxTimeControlBytes = 24;   // CMSG_SPACE(sizeof(u64)), and CMSG_LEN too

    internal static (bool TxTimeHonoured, bool ReceiveTimestamps, bool EpollPwait2) Run()
    {
        var options = new DatagramSocketOptions { BindAddress = IPAddress.Loopback };
        if (!DatagramSocket.TryOpen(options, out var socket, out _)) return default;
        using (socket)
        {
            using var poller = new Poller();
            using var memory = new NativeBuffer(1, prefault: true);
            using var batch = new ReceiveBatch(1);
            batch.SetBuffer(0, memory.Address, (int)memory.Length);
            poller.TryAdd(socket.Handle, 0);
            var sentAt = SystemClock.Now;
            var timed = SendAt(socket, memory.Address, sentAt + AheadNs);
            Span<int> ready = stackalloc int[1];
            poller.Wait(PatienceNs, ready);
            var now = SystemClock.Now;
            if (socket.ReceiveBatch(batch, now) != 1) return (false, false, poller.HasNanosecondTimeouts);
            var waited = batch.ArrivalNs(0) >= (sentAt + AheadNs - ToleranceNs).Ns;
            var stamped = ControlReader.Read(batch.Control(0)).WallNs != 0;
            return (timed && waited, stamped, poller.HasNanosecondTimeouts);
        }
    }

    private static bool SendAt(DatagramSocket socket, nint payload, MonotonicTime due)
    {
        var clock = new sock_txtime { clockid = Libc.CLOCK_MONOTONIC };
        var timed = SocketSetup.Set(socket.Handle, SocketOption.SOL_SOCKET, SocketOption.SO_TXTIME, clock);
        var to = socket.LocalAddress;
        var vector = new iovec { iov_base = (void*)payload, iov_len = 1 };
        var control = stackalloc long[TxTimeControlBytes / sizeof(long)];
        *(cmsghdr*)control = new cmsghdr
        {
            cmsg_len = TxTimeControlBytes,
            cmsg_level = SocketOption.SOL_SOCKET,
            cmsg_type = SocketOption.SO_TXTIME,
        };
        control[2] = due.Ns;
        var message = new msghdr { msg_name = &to, msg_namelen = (uint)to.Length, msg_iov = &vector, msg_iovlen = 1 };
        message.msg_control = timed ? control : null;
        message.msg_controllen = timed ? TxTimeControlBytes : 0u;
        // sound: everything the kernel reads lives on this frame, and the payload outlives the call
        return Libc.sendmsg(socket.Handle, &message, Libc.MSG_DONTWAIT) == 1 && timed;
    }
}
