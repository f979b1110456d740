namespace Sluice.Load.Sending;

/// <summary>One datagram's worth of media as a source makes it.</summary>
/// <param name="DueNs">When to send it, from the start of the stream. Never decreases.</param>
/// <param name="Length">Bytes written.</param>
/// <param name="Timestamp">90 kHz ticks from the start of the stream; not used when the bytes bring a header.</param>
/// <param name="StampAt">Where in the payload a null packet stands that takes the stamp; -1 when there is no room for one.</param>
/// <param name="HeaderBytes">Leading bytes that are an RTP header already; 0 when they are payload alone.</param>
public readonly record struct MediaPacket(long DueNs, int Length, uint Timestamp, int StampAt, int HeaderBytes = 0)
{
    /// <summary>A whole captured datagram: no header is put before it.</summary>
    public bool IsVerbatim { get; init; }
}

/// <summary>Where a stream's packets come from and when each is due. One per stream, one thread.</summary>
public abstract class PacketSource
{
    protected const long SecondNs = 1_000_000_000;

    /// <summary>The largest datagram that a source makes: an Ethernet frame's room less IP and UDP headers.</summary>
    public const int BytesMax = 1472;

    /// <summary>Writes the next packet's bytes. False at the end.</summary>
    /// <param name="target">At least <see cref="BytesMax"/> bytes, with whatever they held before.</param>
    public abstract bool TryNext(Span<byte> target, out MediaPacket packet);

    protected static uint TicksOf(long ns) => (uint)(ns / 1_000_000 * 90 + ns % 1_000_000 * 90 / 1_000_000);
}
