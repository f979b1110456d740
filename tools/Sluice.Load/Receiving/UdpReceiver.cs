using Sluice.Linux;
using Sluice.Load.Scoring;

namespace Sluice.Load.Receiving;

/// <summary>One UDP socket of a client: its media, or (without a score) its RTCP, which is read and forgotten.</summary>
internal sealed class UdpReceiver(DatagramSocket socket, ClientScore? score) : Readable, IDisposable
{
    private static readonly DatagramSink Forget = (_, _) => { };
    private readonly DatagramSink _sink = score is null ? Forget : score.Receive;

    public override int Handle => socket.Handle;

    public int Port { get; } = socket.LocalPort;

    /// <summary>What the kernel dropped here for want of buffer, as far as received datagrams have told.</summary>
    public uint Dropped { get; private set; }

    public override void OnReadable(ReceiverSet set, long nowNs) => Dropped = Math.Max(Dropped, set.Reader.Read(socket, nowNs, _sink));

    public void Dispose() => socket.Dispose();
}
