using System.Net;
using Sluice.Linux;
using Sluice.Load.Receiving;
using Sluice.Load.Scoring;

namespace Sluice.Load.Rtsp;

/// <summary>Opens an even port for RTP and the odd one above it for RTCP (RFC 3550 §11), wherever the kernel has two.</summary>
internal static class ClientPorts
{
    private const int TriesMax = 100;

    public static bool TryOpen(CrowdPlan plan, IPAddress local, ClientScore score, out UdpReceiver[] pair, out int rtpPort)
    {
        (pair, rtpPort) = ([], 0);
        for (var i = 0; i < TriesMax; i++)
        {
            if (!DatagramSocket.TryOpen(Options(plan, local, 0), out var first, out _)) return false;
            var port = first.LocalPort;
            if (!DatagramSocket.TryOpen(Options(plan, local, port ^ 1), out var second, out _))
            {
                first.Dispose();
                continue;
            }
            var (rtp, rtcp) = (port & 1) == 0 ? (first, second) : (second, first);
            (pair, rtpPort) = ([new UdpReceiver(rtp, score), new UdpReceiver(rtcp, null)], port & ~1);
            return true;
        }
        return false;
    }

    private static DatagramSocketOptions Options(CrowdPlan plan, IPAddress local, int port) =>
        ReceiverSet.OptionsOf(new ReceivePlan(local, port) { BufferBytes = plan.BufferBytes, Coalesced = plan.Coalesced }, port);
}
