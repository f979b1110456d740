using System.Net;
using System.Net.Sockets;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// Ports nobody else uses, below the kernel's ephemeral range. A block of 16 is held against other test processes by an
/// abstract unix socket (it vanishes with its process), and against strangers by a trial bind; no port is given twice.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000, BlockSize = 16, Blocks = 768;   // 20,000–32,287
    private static readonly object s_gate = new();
    private static readonly List<Socket> s_held = [];
    private static int s_nextBlock = Environment.ProcessId * 37 % Blocks;
    private static int s_next, s_end;

    /// <summary>One port, free for TCP and UDP on every address.</summary>
    public static int One() => Run(1);

    /// <summary>An even port whose odd neighbour is free too: RTP and RTCP (RFC 3550 §11).</summary>
    public static int Pair() => Run(2);

    /// <summary>As many even ports with free odd neighbours as asked for.</summary>
    public static int[] Pairs(int count) => [.. Enumerable.Range(0, count).Select(_ => Pair())];

    private static int Run(int count)
    {
        lock (s_gate)
        {
            while (true)
            {
                if (count == 2) s_next += s_next & 1;
                if (s_next + count > s_end) TakeBlock();
                var port = s_next;
                s_next += count;
                if (Enumerable.Range(port, count).All(IsFree)) return port;
            }
        }
    }

    private static void TakeBlock()
    {
        for (var tried = 0; tried < Blocks; tried++)
        {
            var block = s_nextBlock++ % Blocks;
            if (!TryHold(block)) continue;
            (s_next, s_end) = (First + block * BlockSize, First + (block + 1) * BlockSize);
            return;
        }
        throw new InvalidOperationException("Every block of test ports is held by some test process.");
    }

    private static bool TryHold(int block)
    {
        var hold = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            hold.Bind(new UnixDomainSocketEndPoint($"\0sluice-test-ports-{block}"));
            s_held.Add(hold);
            return true;
        }
        catch (SocketException)
        {
            hold.Dispose();
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            udp.Bind(new IPEndPoint(IPAddress.Any, port));
            tcp.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
