using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Flow;

/// <summary>The grid on which a feed's trains close.</summary>
/// <param name="QuantumNs">Distance of its lines; 0 = none.</param>
/// <param name="LineNs">Where one of them is, monotonic ns.</param>
public readonly record struct TrainGrid(long QuantumNs, long LineNs);

/// <summary>
/// Groups consecutive packets into a train: those between two lines of a grid <c>quantumNs</c> wide, at most so many packets. A
/// train that the grid closes is due at its line, so that the trains of every feed leave at constant distance whatever its rate,
/// and clients whose delays are spread over that distance make a flat output; one that is full is due at its last packet's time. Trains of
/// a burst would all be due together, and a client's whole burst would leave at once: they keep a sixteenth of the quantum between them.
/// No packet waits for more than a quantum.
/// </summary>
/// <param name="quantumNs">Distance of the grid's lines; 0 makes every packet a train, due at its own time.</param>
/// <param name="packetsMax">1 to 16.</param>
/// <param name="gridNs">Where a line is, so that several feeds do not close their trains together.</param>
internal sealed class TrainBuilder(long quantumNs, int packetsMax, long gridNs = 0)
{
    private const int SpacingShift = 4;

    private long _quantumNs = quantumNs, _gridNs = gridNs;

    private Train _train;
    private long _lineNs, _firstNs, _lastNs;
    private long _dueNs = long.MinValue / 2;    // of the train before
    private int _rtpSegment, _rawSegment;       // size that the current message's packets have; −1 once a shorter one closed it

    /// <summary>Packets will come.</summary>
    public void LookAhead()
    {
        Prefetch.Line(ref _train);
        Prefetch.Line(ref _dueNs);
    }

    /// <summary>Another grid from the next train on. Not while a train is open.</summary>
    public void SetGrid(TrainGrid grid) => (_quantumNs, _gridNs) = (grid.QuantumNs, grid.LineNs);

    public TrainGrid Grid => new(_quantumNs, _gridNs);

    public bool IsOpen => _train.Count > 0;

    /// <summary>When an open train is due to leave for a client without delay.</summary>
    public long ClosingNs => IsOpen ? _lineNs : long.MaxValue;

    /// <summary>Whether the next packet must begin a new train.</summary>
    public bool MustCloseBefore(long deliveryNs) => IsOpen && deliveryNs > _lineNs;

    public bool IsFull => _train.Count >= packetsMax || (_quantumNs == 0 && IsOpen);

    public void Add(in FeedPacket packet, uint number, long deliveryNs)
    {
        if (!IsOpen)
        {
            _train = new Train { FirstPacket = number };
            (_firstNs, _lineNs) = (deliveryNs, LineAtOrAfter(deliveryNs));
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
        var dueNs = IsFull ? _lastNs : _lineNs;
        _dueNs = _train.DeliveryNs = Math.Max(dueNs, Math.Min(_dueNs + (_quantumNs >> SpacingShift), _firstNs + _quantumNs));
        var closed = _train;
        _train = default;
        return closed;
    }

    private long LineAtOrAfter(long deliveryNs)
    {
        if (_quantumNs == 0)
            return deliveryNs;
        var past = (deliveryNs - _gridNs) % _quantumNs;
        return past == 0 ? deliveryNs : deliveryNs - past + (past < 0 ? 0 : _quantumNs);
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
