using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>
/// Groups consecutive packets into a train: at most <c>quantumNs</c> long and at most so many packets. A train that time
/// closes is due at its first packet's delivery time plus the quantum, whatever came in between, so that trains of a
/// constant-rate feed leave at constant distance; one that is full is due at its last packet's.
/// </summary>
internal sealed class TrainBuilder(long quantumNs, int packetsMax)
{
    private Train _train;
    private long _firstNs, _lastNs;
    private int _rtpSegment, _rawSegment;       // size that the current message's packets have; −1 once a shorter one closed it

    public bool IsOpen => _train.Count > 0;

    /// <summary>When an open train is due to leave for a client without delay.</summary>
    public long ClosingNs => IsOpen ? _firstNs + quantumNs : long.MaxValue;

    /// <summary>Whether the next packet must begin a new train.</summary>
    public bool MustCloseBefore(long deliveryNs) => IsOpen && deliveryNs > _firstNs + quantumNs;

    public bool IsFull => _train.Count >= packetsMax || (quantumNs == 0 && IsOpen);

    public void Add(in FeedPacket packet, uint number, long deliveryNs)
    {
        if (!IsOpen)
        {
            _train = new Train { FirstPacket = number };
            _firstNs = deliveryNs;
            _rtpSegment = _rawSegment = -1;
        }
        var bit = (ushort)(1 << _train.Count);
        if (BeginsMessage(ref _rtpSegment, RtpHeader.Size + packet.BodyLength))
            _train.RtpBreaks |= bit;
        if (BeginsMessage(ref _rawSegment, packet.PayloadLength))
            _train.RawBreaks |= bit;
        _train.Count++;
        _lastNs = deliveryNs;
    }

    /// <summary>Ends the open train and says when it is due.</summary>
    public Train Close()
    {
        _train.DeliveryNs = IsFull ? _lastNs : _firstNs + quantumNs;
        var closed = _train;
        _train = default;
        return closed;
    }

    // UDP_SEGMENT cuts equal pieces: a longer packet cannot join, a shorter one joins as the last, an empty one stands alone.
    private static bool BeginsMessage(ref int segment, int length)
    {
        if (segment <= 0 || length > segment || length == 0)
        {
            segment = length;
            return true;
        }
        if (length < segment)
            segment = -1;
        return false;
    }
}
