namespace Sluice.Linux;

/// <summary>
/// Datagrams in and out by the batch. Implemented by readonly structs only: the loops are generic over the struct, so the compiler
/// writes one loop per kind of socket and no call goes through an interface. Used by one thread at a time per direction.
/// </summary>
public interface IDatagramSocket
{
    /// <summary>More than 0: datagrams received, at index 0 and up. 0: nothing waits. Less than 0: -errno.</summary>
    int ReceiveBatch(ReceiveBatch batch, MonotonicTime now);

    /// <summary>
    /// Sends messages <paramref name="first"/> and up. Returns how many went out; when that is fewer than were left, message
    /// <c>first + n</c> is the suspect, and sending from there gives its -errno.
    /// </summary>
    int SendBatch(SendBatch batch, int first);

    /// <summary>
    /// Sends every packet of one message as a datagram of its own: what to do when a device refuses a train.
    /// Returns how many went out; <paramref name="results"/>, one per packet, has the bytes sent or -errno.
    /// </summary>
    int SendSingly(SendBatch batch, int message, Span<int> results);

    /// <summary>Sends one datagram (RTCP). Bytes sent, or -errno.</summary>
    int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes);
}
