using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Wire.Rtp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Live;

/// <summary>Takes an RTCP compound that came.</summary>
internal delegate void ReportHandler(ReadOnlySpan<byte> compound, MonotonicTime now);

/// <summary>
/// The UDP ports of one incoming track: an even one for RTP, whose socket ingest reads, and the next one for RTCP (RFC 3550 §11), which the
/// control plane reads. Owns the second.
/// </summary>
internal sealed class TrackPort : IDisposable
{
    private const int DatagramMax = 1_500;

    private readonly DatagramSocket _rtp;
    private readonly Socket _reports;
    private volatile IPEndPoint? _sender;

    private TrackPort(DatagramSocket rtp, Socket reports) => (_rtp, _reports, Ports) = (rtp, reports, new PortPair(rtp.LocalPort, (ushort)(rtp.LocalPort + 1)));

    public PortPair Ports { get; }

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
                return new TrackPort(rtp, reports);
            }
            rtp.Dispose();
        }
        (rtp, reason) = (default, "the machine has no even/odd port pair left");
        return null;
    }

    /// <summary>From now on compounds of this sender are handed on, on threads of the pool, until the port is closed. Port 0 = any of its ports.</summary>
    public void Read(in DatagramAddress sender, ReportHandler handler)
    {
        var isFirst = _sender is null;
        _sender = sender.ToEndPoint();
        if (isFirst)
            _ = ReadAsync(handler);
    }

    /// <summary>Sends a report to the sender. One that cannot leave is none: the next comes in five seconds.</summary>
    public void Send(ReadOnlySpan<byte> compound)
    {
        if (_sender is not { Port: > 0 } sender)
            return;
        try
        {
            _reports.SendTo(compound, SocketFlags.None, sender);
        }
        catch (SocketException)
        {
            // No route for now; the silence that follows is seen elsewhere.
        }
    }

    /// <summary>An RTP header without payload from the RTP port.</summary>
    public void Knock(in DatagramAddress to, byte payloadType)
    {
        Span<byte> header = stackalloc byte[RtpHeader.Size];
        header.Clear();
        (header[0], header[1]) = (RtpHeader.PlainFirstByte, payloadType);
        _ = _rtp.SendTo(in to, header);
    }

    public void Dispose() => _reports.Dispose();

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

    private async Task ReadAsync(ReportHandler handler)
    {
        var buffer = new byte[DatagramMax];
        var any = new IPEndPoint(_reports.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var received = await _reports.ReceiveFromAsync(buffer, SocketFlags.None, any);
                if (received.RemoteEndPoint is not IPEndPoint from || _sender is not { } sender || !from.Address.Equals(sender.Address)
                    || (sender.Port != 0 && sender.Port != from.Port))
                    continue;
                _sender = from;         // a port that was not told: the first that speaks stays
                handler(buffer.AsSpan(0, received.ReceivedBytes), SystemClock.Now);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The port was closed.
        }
    }
}
