using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>
/// One codec a packet, whose payload has no times of its own: only the RTP timestamps say how long a turn is. Parameter sets are held back until it is known
/// whether they belong to the picture that ends the turn.
/// </summary>
internal sealed class RtpLoopMedia(AccessCodec codec) : LoopMedia
{
    private const int HeldMax = 16;

    private readonly AccessCodec _codec = codec == AccessCodec.Unknown ? AccessCodec.Everywhere : codec;
    private readonly LoopQueue _held = new();
    private uint _last;
    private long _span, _spanMax, _pictures;
    private uint? _next;

    public override void BeginTurn()
    {
        base.BeginTurn();
        _held.Clear();
        (_span, _spanMax, _pictures, _next) = (0, 0, 0, null);
    }

    public override void Take(in ReplayPacket packet, ReadOnlySpan<byte> payload, bool mayBegin, bool mayEnd, LoopQueue target)
    {
        var verdict = RtpAccess.Judge(_codec, payload);
        if (verdict == AccessVerdict.Picture && HasBegun && mayEnd && packet.RtpTimestamp != _last)
        {
            (_next, EndedNs, HasEnded, IsOver) = (packet.RtpTimestamp, packet.MediaNs, true, true);
            return;
        }
        if (!HasBegun && verdict == AccessVerdict.Picture && mayBegin)
            Begin(packet.RtpTimestamp);
        if (!HasBegun && (verdict != AccessVerdict.Preface || _held.Count == HeldMax))
            _held.Clear();
        if (verdict == AccessVerdict.Preface)
            _held.Push(in packet, payload);
        if (!HasBegun || (verdict == AccessVerdict.Preface && _held.Count < HeldMax))
            return;
        _held.MoveTo(target);
        if (verdict == AccessVerdict.Preface)
            return;
        Time(packet.RtpTimestamp);
        target.Push(in packet, payload);
    }

    // Where the content ends, the last picture lasts as long as pictures do on average.
    public override long EndTurn()
    {
        if (!HasBegun)
            return 0;
        return _next is { } next ? _span + (int)(next - _last) : _spanMax + _spanMax / Math.Max(1, _pictures - 1);
    }

    private void Begin(uint timestamp) => (HasBegun, _last, _pictures) = (true, timestamp, 1);

    // Timestamps are those of showing, which pictures that refer to later ones take back and forth.
    private void Time(uint timestamp)
    {
        if (timestamp == _last)
            return;
        _span += (int)(timestamp - _last);
        (_last, _spanMax, _pictures) = (timestamp, Math.Max(_spanMax, _span), _pictures + 1);
    }
}
