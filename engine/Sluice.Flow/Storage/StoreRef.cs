namespace Sluice.Flow;

/// <summary>
/// One payload on its way to the store. Nobody waits for the store, so the slot may be reused before it is copied: the
/// generation tells, and such a record is counted as overwritten instead of being stored wrong.
/// </summary>
internal struct StoreRef
{
    public long DeliveryNs;
    public long FeedSequence;
    public int Slot, Generation;
    public int Feed;
    public uint RtpTimestamp;
    public ushort PayloadOffset, PayloadLength;
    public byte MarkerAndPayloadType;
    public bool Discontinuity;
}
