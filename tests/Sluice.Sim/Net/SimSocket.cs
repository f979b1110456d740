using Sluice.Linux;

namespace Sluice.Sim;

/// <summary>What stands behind a simulated socket.</summary>
public enum SocketRole : byte
{
    Source,
    Media,
    Reports,
}

/// <summary>
/// An in-memory datagram socket: a place in the world's network, nothing more. The engine's loops are compiled for it as
/// they are for the kernel's sockets.
/// </summary>
/// <param name="net">The network.</param>
/// <param name="role">Which side of it.</param>
/// <param name="index">The source, or the send loop.</param>
public readonly struct SimSocket(SimNet net, SocketRole role, int index) : IDatagramSocket
{
    public int ReceiveBatch(ReceiveBatch batch, MonotonicTime now) => role switch
    {
        SocketRole.Source => net.Receive(index, batch),
        SocketRole.Reports => net.ReceiveReports(index, batch),
        _ => 0,
    };

    public int SendBatch(SendBatch batch, int first) => net.Send(index, batch, first);

    public int SendSingly(SendBatch batch, int message, Span<int> results) => net.SendSingly(batch, message, results);

    public int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes) => net.SendReport(in to, bytes);
}
