using Sluice.Wire.MpegTs;

namespace Sluice.Load.Sending;

/// <summary>Pictures: how many a second, and how uneven.</summary>
/// <param name="IntraRatio">How many times larger an intra-coded picture is than the others.</param>
/// <param name="GroupLength">Pictures from one intra-coded picture to the next.</param>
public sealed record FramePlan(double FramesPerSecond = 30, double IntraRatio = 6, int GroupLength = 30);

/// <summary>Video as encoders send it: all packets of a picture are due at the picture's time, the mean rate is kept.</summary>
public sealed class FrameSource : PacketSource
{
    private readonly FramePlan _plan;
    private readonly int _payloadBytes;
    private readonly double _interBytes;
    private long _frame = -1;
    private int _packetsLeft;
    private double _bytesOwed;

    public FrameSource(double bitsPerSecond, int payloadBytes, FramePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bitsPerSecond);
        (_plan, _payloadBytes) = (plan, payloadBytes);
        var groupBytes = bitsPerSecond / 8 / plan.FramesPerSecond * plan.GroupLength;
        _interBytes = groupBytes / (plan.GroupLength - 1 + plan.IntraRatio);
    }

    public override bool TryNext(Span<byte> target, out MediaPacket packet)
    {
        while (_packetsLeft == 0) BeginFrame();
        _packetsLeft--;
        for (var at = 0; at < _payloadBytes; at += TsPacket.Size) TsPacket.WriteNull(target[at..]);
        var dueNs = (long)(_frame * SecondNs / _plan.FramesPerSecond);
        packet = new MediaPacket(dueNs, _payloadBytes, TicksOf(dueNs), StampAt: 0);
        return true;
    }

    // What a picture is short of a whole packet, the next one sends: the rate stays exact.
    private void BeginFrame()
    {
        _frame++;
        _bytesOwed += _interBytes * (_frame % _plan.GroupLength == 0 ? _plan.IntraRatio : 1);
        _packetsLeft = (int)(_bytesOwed / _payloadBytes);
        _bytesOwed -= (double)_packetsLeft * _payloadBytes;
    }
}
