using System.Net;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>The loopback sockets of the measured side; buffers as the server asks for them.</summary>
internal static class Sockets
{
    private const int BufferBytes = 8 << 20;

    public static DatagramSocket Sender() => Open(new() { SendBufferBytes = BufferBytes, ReceiveTimestamps = false });

    public static DatagramSocket SourceSide() =>
        Open(new() { BindAddress = IPAddress.Loopback, Port = Source.Port, ReceiveBufferBytes = BufferBytes });

    private static DatagramSocket Open(DatagramSocketOptions options) =>
        DatagramSocket.TryOpen(options, out var socket, out var error) ? socket : throw new InvalidOperationException(error.Message);
}
