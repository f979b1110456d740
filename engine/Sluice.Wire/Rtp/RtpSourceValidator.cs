using System.Diagnostics;

namespace Sluice.Wire.Rtp;

/// <summary>
/// Judges the sequence numbers of one SSRC (RFC 3550 A.1), with a 64-packet window that tells late packets from
/// duplicates. Pure state without time; owned by the ingest thread. Two packets in sequence move it, so feed it
/// only from the address the source is bound to.
/// </summary>
public struct RtpSourceValidator
{
    private const int WindowSize = 64;
    private const long NoPendingJump = -1;

    private readonly RtpValidatorBounds _bounds;
    private int _probation;            // packets in sequence still wanted
    private bool _started;
    private long _highest;             // extended; starts one cycle up so that late packets of the first cycle stay positive
    private long _base;                // extended number of the first valid packet
    private long _expectedAfterJump;
    private ulong _window;             // bit n: highest − n was seen
    private long _received;
    private long _expectedPrior;
    private long _receivedPrior;

    public RtpSourceValidator(RtpValidatorBounds bounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bounds.SequentialMin, 1);
        if (bounds.DropoutMax is < 1 or > 32_767 || bounds.MisorderMax is < 1 or > 32_767)
            throw new ArgumentOutOfRangeException(nameof(bounds), "Dropout and misorder bounds are 1 to 32,767: half the circle.");
        _bounds = bounds;
        _probation = bounds.SequentialMin;
        _expectedAfterJump = NoPendingJump;
    }

    /// <summary>Enough packets in sequence were seen.</summary>
    public readonly bool IsValid => _started && _probation == 0;

    /// <summary>Extended highest sequence number received, for receiver reports (RFC 3550 §6.4.1).</summary>
    public readonly uint ExtendedHighest => (uint)(_highest - (1L << 16));

    /// <summary>The 64-bit extended number of a packet judged Accepted, Misordered or Restarted; rises through wraps.</summary>
    public readonly long ExtendedOf(ushort sequenceNumber) => SequenceNumbers.Extend(_highest, sequenceNumber);

    /// <summary>Packets taken since the last (re)start; duplicates are not counted.</summary>
    public readonly long Received => _received;

    /// <summary>Packets that should have come since the last (re)start (RFC 3550 A.3).</summary>
    public readonly long Expected => _received == 0 ? 0 : _highest - _base + 1;

    /// <summary>
    /// Packets lost since the last (re)start; a late packet takes its loss back. Never negative, for duplicates are not
    /// counted; the one exception are packets older than the very first, which raise <see cref="Received"/> alone.
    /// </summary>
    public readonly long Lost => Math.Max(0, Expected - _received);

    public RtpVerdict Receive(ushort sequenceNumber)
    {
        Debug.Assert(_bounds.SequentialMin > 0, "A default validator has no bounds: use the constructor.");
        if (!_started)
            Start(sequenceNumber);
        else if (_probation > 0)
            Probe(sequenceNumber);
        else
            return Judge(sequenceNumber);
        return _probation == 0 ? RtpVerdict.Accepted : RtpVerdict.Probation;
    }

    /// <summary>
    /// The fraction lost since the last call in 256ths, as a receiver report has it (RFC 3550 A.3; all lost is 255, where
    /// the RFC's own code overflows to 0). Moves the interval on; an empty or negative one gives 0.
    /// </summary>
    public byte TakeFractionLost()
    {
        long expected = Expected - _expectedPrior;
        long lost = expected - (_received - _receivedPrior);
        _expectedPrior = Expected;
        _receivedPrior = _received;
        return expected <= 0 || lost <= 0 ? (byte)0 : (byte)Math.Min(255, lost * 256 / expected);
    }

    private void Start(ushort sequenceNumber)
    {
        _started = true;
        Begin(sequenceNumber);
        _probation = _bounds.SequentialMin - 1;
    }

    private void Probe(ushort sequenceNumber)
    {
        if (sequenceNumber == (ushort)(_highest + 1))
        {
            _probation--;
            Begin(sequenceNumber);
        }
        else
        {
            // RFC 3550 A.1: out of sequence during probation starts the count again with this packet as the first.
            _probation = _bounds.SequentialMin - 1;
            Begin(sequenceNumber);
        }
    }

    private RtpVerdict Judge(ushort sequenceNumber)
    {
        int distance = SequenceNumbers.Distance((ushort)_highest, sequenceNumber);
        if (distance > 0 && distance < _bounds.DropoutMax)
            return Advance(distance);
        if (distance <= 0 && -distance < _bounds.MisorderMax)
            return TakeLate(-distance);
        return Jump(sequenceNumber);
    }

    private RtpVerdict Advance(int distance)
    {
        _highest += distance;
        _window = distance < WindowSize ? _window << distance | 1 : 1;
        _expectedAfterJump = NoPendingJump;
        _received++;
        return RtpVerdict.Accepted;
    }

    // Beyond the window nothing is remembered: such a packet counts as late, not as a duplicate.
    private RtpVerdict TakeLate(int behind)
    {
        if (behind < WindowSize)
        {
            if ((_window >> behind & 1) != 0)
                return RtpVerdict.Duplicate;
            _window |= 1UL << behind;
        }
        _received++;
        return RtpVerdict.Misordered;
    }

    // Stricter than the RFC's code, which keeps the pending jump for ever: a packet that advances the stream cancels it.
    private RtpVerdict Jump(ushort sequenceNumber)
    {
        if (sequenceNumber != _expectedAfterJump)
        {
            _expectedAfterJump = (ushort)(sequenceNumber + 1);
            return RtpVerdict.Jump;
        }
        Begin(sequenceNumber);
        return RtpVerdict.Restarted;
    }

    private void Begin(ushort sequenceNumber)
    {
        _highest = (1L << 16) + sequenceNumber;
        _base = _highest;
        _window = 1;
        _expectedAfterJump = NoPendingJump;
        _received = 1;
        _expectedPrior = 0;
        _receivedPrior = 0;
    }
}
