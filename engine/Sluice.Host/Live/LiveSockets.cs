using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sluice.Control.Configuration;
using Sluice.Host.Running;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>Opens the sockets that a configuration asks for, with the buffers that the engine wants.</summary>
internal static class LiveSockets
{
    /// <summary>0.4 s of a 100 Mbit/s source: what the kernel may hold while ingest is kept from its core.</summary>
    private const int ReceiveBufferBytes = 8 << 20;

    /// <summary>A full batch of full trains twice over.</summary>
    private const int SendBufferBytes = 4 << 20;

    /// <summary>Receiver reports are small and few.</summary>
    private const int ReportBufferBytes = 1 << 20;

    /// <summary>How many even ports are tried before the machine is said to have none.</summary>
    public const int PairTriesMax = 64;

    /// <summary>Opens a source's socket, joined to its group.</summary>
    /// <exception cref="EngineStartException">Says which source, why, and what to do.</exception>
    public static DatagramSocket OpenSource(string channel, SourceUrl url)
    {
        if (!TryOpenSource(url, out var socket, out var error))
            throw new EngineStartException($"channel {channel}: cannot open the source {url}: {error.Message}", ExitCode.CannotListen);
        return socket;
    }

    /// <summary>The same without an exception, for a socket that takes another's place.</summary>
    public static bool TryOpenSource(SourceUrl url, out DatagramSocket socket, out LinuxError error)
    {
        var address = Resolve(url.Host.Length == 0 ? "0.0.0.0" : url.Host);
        var isGroup = MediaAddress.IsMulticast(address);
        var options = new DatagramSocketOptions
        {
            BindAddress = address,
            Port = url.Port,
            Interface = url.Interface,
            MulticastGroup = isGroup ? address : null,
            SourceFilter = isGroup && url.Sender is not null ? Resolve(url.Sender) : null,
            ReceiveBufferBytes = ReceiveBufferBytes,
            ReuseAddress = isGroup,
        };
        return DatagramSocket.TryOpen(options, out socket, out error);
    }

    /// <summary>Opens the socket for RTCP with a source's sender: the port above the source's own (RFC 3550 §11).</summary>
    /// <exception cref="EngineStartException">Says which source, why, and what to do.</exception>
    public static DatagramSocket OpenSourceReports(string channel, SourceUrl url)
    {
        var options = new DatagramSocketOptions
        {
            BindAddress = Resolve(url.Host.Length == 0 ? "0.0.0.0" : url.Host), Port = url.Port + 1, ReceiveBufferBytes = ReportBufferBytes,
        };
        if (!DatagramSocket.TryOpen(options, out var socket, out var error))
            throw new EngineStartException(
                $"channel {channel}: cannot open port {url.Port + 1}, where RTCP of the source {url} goes: {error.Message}", ExitCode.CannotListen);
        return socket;
    }

    /// <summary>
    /// Opens an RTP socket on an even port and its RTCP socket on the next one (RFC 3550 §11). False with the reason when
    /// the kernel refuses.
    /// </summary>
    public static bool TryOpenPair(EgressKey key, out DatagramSocket rtp, out DatagramSocket rtcp, out LinuxError error)
    {
        rtcp = default;
        for (var tries = 0; tries < PairTriesMax; tries++)
        {
            if (!DatagramSocket.TryOpen(SendOptions(key, 0, SendBufferBytes), out rtp, out error))
                return false;
            var port = rtp.LocalPort;
            if (port % 2 == 0 && DatagramSocket.TryOpen(SendOptions(key, port + 1, SendBufferBytes), out rtcp, out error))
                return true;
            rtp.Dispose();
        }
        (rtp, error) = (default, new LinuxError(Errno.EADDRINUSE, "bind of an even/odd port pair"));
        return false;
    }

    /// <summary>Opens a socket on any free port, for packets that a sender was told to send there.</summary>
    public static bool TryOpenReceiver(bool isIPv6, out DatagramSocket socket, out LinuxError error) => DatagramSocket.TryOpen(
        new DatagramSocketOptions { BindAddress = isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, ReceiveBufferBytes = ReceiveBufferBytes }, out socket, out error);

    /// <summary>The address that packets of such an egress carry on their way to <paramref name="to"/>; false when there is no way.</summary>
    public static bool TryFindSource(EgressKey key, in DatagramAddress to, out IPAddress source, out LinuxError error) =>
        LocalAddress.TryFind(SendOptions(key, 0, sendBufferBytes: 0) with { ReceiveBufferBytes = 0 }, to, out source, out error);

    /// <summary>The address of a literal or a name; names are asked for once, at start or when an output is added.</summary>
    /// <exception cref="EngineStartException">The name has no address.</exception>
    public static IPAddress Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var literal))
            return literal;
        try
        {
            return Dns.GetHostAddresses(host).FirstOrDefault() ?? throw new EngineStartException($"the name {host} has no address");
        }
        catch (SocketException e)
        {
            throw new EngineStartException($"the name {host} cannot be resolved: {e.Message}");
        }
    }

    /// <summary>Every address of the machine, loopback included; without those that cannot be read at the moment.</summary>
    public static IReadOnlyList<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(device => device.GetIPProperties().UnicastAddresses).Select(own => own.Address)];

    private static DatagramSocketOptions SendOptions(EgressKey key, int port, int sendBufferBytes) => new()
    {
        BindAddress = key.Source ?? (key.IsIPv6 ? IPAddress.IPv6Any : IPAddress.Any),
        Port = port,
        SendBufferBytes = sendBufferBytes,
        ReceiveBufferBytes = ReportBufferBytes,
        Interface = key.ForHosts ? key.Interface : null,
        MulticastInterface = key.ForHosts ? null : key.Interface,
        Dscp = key.Dscp == 0 ? null : key.Dscp,
        MulticastTtl = key.Ttl,
        UnicastTtl = key.Ttl,
        MulticastLoop = true,
    };
}

/// <summary>What makes two clients need two egresses.</summary>
/// <param name="IsIPv6">The family.</param>
/// <param name="Interface">The device; null = the routing table's choice.</param>
/// <param name="Ttl">Hops; null = the kernel's default.</param>
/// <param name="Dscp">Differentiated services code point; 0 = none.</param>
/// <param name="Source">The local address; null = the kernel's choice.</param>
/// <param name="ForHosts">The device holds for unicast: the socket is tied to it.</param>
internal readonly record struct EgressKey(bool IsIPv6, string? Interface, int? Ttl, int Dscp = 0, IPAddress? Source = null, bool ForHosts = false);

internal static class MediaAddress
{
    public static bool IsMulticast(IPAddress address) =>
        address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and <= 239);
}
