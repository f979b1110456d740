using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>
/// Two namespaces with two cables between them. On each cable the sending side has two addresses, so that a wanted and an unwanted source
/// are the same machine.
/// <code>
///   near  n0 10.77.0.1, .3  fd77::1, ::3     ----  10.77.0.2  fd77::2    f0  far
///         n1 10.77.1.1      fd77:0:0:1::1    ----  10.77.1.2             f1
/// </code>
/// </summary>
public sealed class MulticastNetwork : IDisposable
{
    private readonly NetworkNamespace _near = new();
    private readonly NetworkNamespace _far = new();

    public MulticastNetwork()
    {
        LayFirstCable();
        NetworkNamespace.Connect(_near, "n1", _far, "f1");
        foreach (var address in new[] { "10.77.1.1/24", "fd77:0:0:1::1/64" }) _near.AddAddress("n1", address);
        foreach (var address in new[] { "10.77.1.2/24", "fd77:0:0:1::2/64" }) _far.AddAddress("f1", address);
    }

    internal NetworkNamespace Far => _far;

    internal NetworkNamespace Near => _near;

    internal void LayFirstCable()
    {
        NetworkNamespace.Connect(_near, "n0", _far, "f0");
        foreach (var address in new[] { "10.77.0.1/24", "10.77.0.3/24", "fd77::1/64", "fd77::3/64" }) _near.AddAddress("n0", address);
        _far.AddAddress("f0", "10.77.0.2/24");
        AddFarIPv6Address();
    }

    /// <summary>When the far end goes down, its IPv4 address stays and this one goes.</summary>
    internal void AddFarIPv6Address() => _far.AddAddress("f0", "fd77::2/64");

    internal DatagramSocket Sender(IPAddress source, string device = "n0", int ttl = 5) =>
        _near.Run(() => Loopback.Open(new() { SourceAddress = source, MulticastInterface = device, MulticastTtl = ttl }));

    internal DatagramSocket Receiver(IPAddress group, int port = 0, IPAddress? only = null, string device = "f0") =>
        _far.Run(() => Loopback.Open(Options(group, port, only, device)));

    internal static DatagramSocketOptions Options(IPAddress group, int port = 0, IPAddress? only = null, string device = "f0") =>
        new() { MulticastGroup = group, SourceFilter = only, Interface = device, Port = port, ReuseAddress = true };

    internal static IPAddress Source(AddressFamily family, int host) =>
        IPAddress.Parse(family == AddressFamily.InterNetwork ? $"10.77.0.{host}" : $"fd77::{host}");

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }
}
