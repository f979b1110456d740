namespace Sluice.Flow;

/// <summary>What a replay's source has at its place.</summary>
public enum ReplayStatus
{
    Packet,

    /// <summary>Nothing is there yet: it will be asked again.</summary>
    Waiting,

    /// <summary>Nothing will ever come.</summary>
    Ended,
}

/// <summary>One packet of what is replayed.</summary>
/// <param name="MediaNs">Its place on the source's own line of time, ns; never falls. The replay's shift turns it into a delivery time.</param>
/// <param name="Sequence">Its number; a hole in the numbers is a hole in what is sent.</param>
/// <param name="RtpTimestamp">In ticks of the replay's clock.</param>
/// <param name="MarkerAndPayloadType">As in the second byte of an RTP packet (RFC 3550 §5.1).</param>
/// <param name="IsAccess">A decoder may begin here, where the source knows.</param>
/// <param name="IsBreak">Number and timestamp have nothing to do with those of the packet before; the clients' go on all the same.</param>
public readonly record struct ReplayPacket(long MediaNs, ulong Sequence, uint RtpTimestamp, byte MarkerAndPayloadType, bool IsBreak, bool IsAccess = false);

/// <summary>
/// Where a replay's packets come from: a place in a channel's store or in a stored object, going forward. Made by a control thread, owned by
/// the replay thread from <see cref="ReplayDesk.TryOpen"/> on, which also disposes it. May read files; must not wait for anything else.
/// </summary>
public abstract class ReplaySource : IDisposable
{
    /// <summary>The next packet, taken.</summary>
    /// <param name="packet">For <see cref="ReplayStatus.Packet"/>.</param>
    /// <param name="payload">Its bytes, until the next call.</param>
    public abstract ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload);

    /// <summary>The place in a store before which the next stretch is to be kept in memory; null when there is none.</summary>
    public virtual Sluice.Store.StoreCursor? Cursor => null;

    /// <summary>
    /// Where the next packet's record is, when a packet is a record as it was written: others may have it in memory. False for sources that make
    /// something else of their records.
    /// </summary>
    internal virtual bool TryPeekPlace(out RecordPlace place)
    {
        place = default;
        return false;
    }

    /// <summary>Takes the record at that place without reading it.</summary>
    internal virtual ReplayStatus Take(in Sluice.Store.RecordMeta meta, int payloadBytes, out ReplayPacket packet)
    {
        packet = default;
        return ReplayStatus.Ended;
    }

    /// <summary>Which record the last packet was; false as above.</summary>
    internal virtual bool TryTell(out RecordPlace place, out Sluice.Store.RecordMeta meta)
    {
        (place, meta) = (default, default);
        return false;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}
