namespace Sluice.Flow;

/// <summary>
/// Every bound of the data plane, in one place, each with its reason. All pools are sized from here at start;
/// afterwards the loops allocate nothing. <see cref="Verify"/> runs before anything is built.
/// </summary>
public sealed record EngineLimits
{
    /// <summary>Bytes of one slab slot. A 1,500-byte Ethernet MTU carries 1,472 bytes of UDP; 1,536 is the next multiple of a cache line pair.</summary>
    public int SlotBytes { get; init; } = 1536;

    /// <summary>Packets that may be in the live window of all channels together: 24 MiB of slots, 1.3 s at 12,000 packets/s (125 Mbit/s of TS).</summary>
    public int PacketsInFlightMax { get; init; } = 16_384;

    /// <summary>Packets of one feed that wait for their last client (power of two): 0.68 s at 12,000 packets/s.</summary>
    public int FeedWindowPackets { get; init; } = 8_192;

    /// <summary>Packets of one train: 16 × 1,328 bytes stay far below the 64 KiB of one UDP message, and below the kernel's 64 segments.</summary>
    public int TrainPacketsMax { get; init; } = 16;

    /// <summary>Client rows of one send loop. Row, wheels and idle lists cost about 150 bytes a client.</summary>
    public int ClientsPerSendLoopMax { get; init; } = 16_384;

    /// <summary>The largest delay of a client: the live window must hold a packet that long.</summary>
    public long DelayMaxNs { get; init; } = 2_000_000_000;

    /// <summary>
    /// A departure later than this is dropped and counted, so that nothing replays its backlog after a stall. What is this late and
    /// what is due in the 100 ms after it leave in the same 100 ms: at 100 ms that is twice the mean, and it must stay under.
    /// </summary>
    public long LateBoundNs { get; init; } = 95_000_000;

    /// <summary>A departure later than this is counted as late, though it leaves: a receiver's buffer begins to feel it.</summary>
    public long LateNoticeNs { get; init; } = 10_000_000;

    /// <summary>Messages that a full socket buffer held back longer than this are dropped by age: their slots must come free.</summary>
    public long BlockedBoundNs { get; init; } = 20_000_000;

    /// <summary>Datagrams of one recvmmsg: past 64 the cost per datagram no longer falls.</summary>
    public int ReceiveBatchMax { get; init; } = 64;

    /// <summary>Messages of one sendmmsg: the system call is under 2 % of a batch of 64.</summary>
    public int SendMessagesMax { get; init; } = 64;

    /// <summary>Packets of one sendmmsg: a full batch of full trains.</summary>
    public int SendPacketsMax { get; init; } = 1_024;

    /// <summary>Packets between the ingest and the stamp thread, and between the stamp and the store thread.</summary>
    public int HandOverMax { get; init; } = 8_192;

    /// <summary>Commands waiting for one loop; the control plane hears "busy" when it is full.</summary>
    public int MailboxMax { get; init; } = 32_768;

    /// <summary>Bytes of framed packets that one TCP client may lag behind (reliability.md: its own bounded buffer).</summary>
    public int FrameRingBytes { get; init; } = 256 * 1024;

    /// <summary>Bytes of packets that came over one stream connection and wait for ingest: 0.1 s at 20 Mbit/s (power of two).</summary>
    public int InletBytes { get; init; } = 256 * 1024;

    /// <summary>Packets that one source may hold while it waits for a missing one (power of two).</summary>
    public int ReorderPacketsMax { get; init; } = 512;

    /// <summary>Packets that a media-clock pacer may hold until the next clock sample (power of two).</summary>
    public int PacerPacketsMax { get; init; } = 4_096;

    /// <summary>Packets a second that a feed's hold time for retransmission is planned for: 125 Mbit/s of TS.</summary>
    private const int HeldPacketsPerSecond = 12_000;

    /// <summary>
    /// Room for packets that are kept only to be sent again: 12 slots and 12 window entries a feed and millisecond, 9 MiB for half a
    /// second. A feed that is faster loses packets when its window is full (counted as such), so its hold time must be shorter.
    /// </summary>
    public EngineLimits WithHeld(IReadOnlyList<long> holdNs)
    {
        var packets = holdNs.Select(ns => (int)(ns * HeldPacketsPerSecond / 1_000_000_000)).ToList();
        return packets.Count == 0 ? this : this with
        {
            PacketsInFlightMax = PacketsInFlightMax + packets.Sum(),
            FeedWindowPackets = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(FeedWindowPackets + packets.Max())),
        };
    }

    /// <summary>Packets that a source's reorder window holds: where lost ones are asked for, all that come in its time, because their way is long.</summary>
    public int ReorderPackets(SourcePlan source) => source.Nack is null ? ReorderPacketsMax
        : Math.Max(ReorderPacketsMax, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(source.ReorderNs * HeldPacketsPerSecond / 1_000_000_000)));

    /// <summary>Room for what such windows hold.</summary>
    public EngineLimits WithWindows(IReadOnlyList<SourcePlan> sources) => this with
    {
        PacketsInFlightMax = PacketsInFlightMax + sources.Where(source => source.Nack is not null).Sum(ReorderPackets),
    };

    /// <summary>Throws when two limits contradict each other. Runs first, at start.</summary>
    /// <exception cref="ArgumentException">Names the limit and why it cannot be.</exception>
    public void Verify()
    {
        if (PacketsInFlightMax < 4 * ReceiveBatchMax)
            throw new ArgumentException("PacketsInFlightMax: four receive batches must fit in flight, or ingest waits on itself.");
        if (!int.IsPow2(FeedWindowPackets) || !int.IsPow2(ReorderPacketsMax) || !int.IsPow2(PacerPacketsMax)
            || !int.IsPow2(HandOverMax) || !int.IsPow2(MailboxMax) || !int.IsPow2(FrameRingBytes) || !int.IsPow2(InletBytes))
            throw new ArgumentException(
                "FeedWindowPackets, ReorderPacketsMax, PacerPacketsMax, HandOverMax, MailboxMax, FrameRingBytes, InletBytes: "
                + "they index by mask and must be powers of two.");
        if (TrainPacketsMax is < 1 or > 16)
            throw new ArgumentException("TrainPacketsMax must be 1 to 16: the message breaks of a train are a 16-bit mask.");
        if (SlotBytes * TrainPacketsMax > 65_000)
            throw new ArgumentException("A whole train must fit one UDP message: SlotBytes × TrainPacketsMax ≤ 65,000.");
        if (SendPacketsMax < TrainPacketsMax || SendMessagesMax < TrainPacketsMax)
            throw new ArgumentException("One train of unequal packets must fit an empty send batch.");
        if (SendPacketsMax < SendMessagesMax)
            throw new ArgumentException("SendPacketsMax: every message of a full batch has at least one packet.");
        if (SlotBytes % 64 != 0)
            throw new ArgumentException("SlotBytes must be a multiple of a cache line.");
        if (SlotBytes < 64 || ClientsPerSendLoopMax < 1 || ReceiveBatchMax < 1
            || LateBoundNs < 1 || BlockedBoundNs < 0 || DelayMaxNs < 0)
            throw new ArgumentException(
                "SlotBytes, ClientsPerSendLoopMax, ReceiveBatchMax and LateBoundNs must be above 0, BlockedBoundNs and DelayMaxNs not below.");
    }
}
