using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// One way out: a pair of sockets (RTP, and RTCP on the next port) with its batch of messages to send. Clients that need
/// another interface, TTL or source address have another egress. Built by the control plane, then owned by one send thread.
/// </summary>
public sealed class Egress<TSocket> : IDisposable where TSocket : struct, IDatagramSocket
{
    internal readonly TSocket Rtp;
    internal readonly TSocket Rtcp;
    internal readonly SendBatch Batch;
    internal readonly ClientProgress[] Owners;
    internal int FirstUnsent;
    internal bool HasRtcp;

    /// <param name="rtp">Sends media.</param>
    /// <param name="rtcp">Sends and receives reports; null when this egress carries no RTP.</param>
    /// <param name="segmentation">Whether a train may go as one UDP_SEGMENT message (probed at start).</param>
    /// <param name="limits">Sizes of the batch.</param>
    public Egress(TSocket rtp, TSocket? rtcp, bool segmentation, EngineLimits limits)
    {
        (Rtp, Rtcp, HasRtcp, Segmentation) = (rtp, rtcp.GetValueOrDefault(), rtcp.HasValue, segmentation);
        Batch = new SendBatch(limits.SendMessagesMax, limits.SendPacketsMax);
        Owners = new ClientProgress[limits.SendMessagesMax];
    }

    /// <summary>Turned off for good when the device refuses a segmented message.</summary>
    public bool Segmentation { get; internal set; }

    /// <summary>Messages that the socket had no room for wait here; nothing new is composed until they are gone.</summary>
    internal bool IsBlocked => BlockedSinceNs != NotBlocked;

    /// <summary>When the socket first had no room for what waits.</summary>
    internal long BlockedSinceNs { get; private set; } = NotBlocked;

    private const long NotBlocked = long.MaxValue;

    internal void Block(int firstUnsent, MonotonicTime now)
    {
        FirstUnsent = firstUnsent;
        BlockedSinceNs = Math.Min(BlockedSinceNs, now.Ns);
    }

    internal void Clear()
    {
        Batch.Clear();
        (FirstUnsent, BlockedSinceNs) = (0, NotBlocked);
    }

    public void Dispose() => Batch.Dispose();
}
