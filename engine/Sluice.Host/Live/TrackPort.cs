using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>
/// The UDP ports of one incoming track: an even one for RTP, whose socket ingest reads, and the next one for RTCP (RFC 3550 §11), which the
/// control plane reads. Owns the second.
/// </summary>
internal sealed class TrackPort : IDisposable
{
    private TrackPort(PortPair ports, Socket reports) => (Ports, Reports) = (ports, reports);

    public PortPair Ports { get; }

    /// <summary>RTCP both ways.</summary>
    public Socket Reports { get; }

    /// <summary>Opens a pair on any free ports; null with the reason when the machine has none.</summary>
    public static TrackPort? TryOpen(bool isIPv6, out DatagramSocket rtp, out string reason)
    {
        for (var tries = 0; tries < LiveSockets.PairTriesMax; tries++)
        {
            if (!LiveSockets.TryOpenReceiver(isIPv6, out rtp, out var error))
            {
                reason = error.Message;
                return null;
            }
            if (rtp.LocalPort % 2 == 0 && TryBind(isIPv6, rtp.LocalPort + 1) is { } reports)
            {
                reason = "";
                return new TrackPort(new PortPair(rtp.LocalPort, (ushort)(rtp.LocalPort + 1)), reports);
            }
            rtp.Dispose();
        }
        (rtp, reason) = (default, "the machine has no even/odd port pair left");
        return null;
    }

    public void Dispose() => Reports.Dispose();

    private static Socket? TryBind(bool isIPv6, int port)
    {
        var socket = new Socket(isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();       // taken: another pair
            return null;
        }
    }
}
