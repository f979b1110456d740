using Sluice.Wire.MpegTs;

namespace Sluice.Wire.Loops;

/// <summary>
/// One elementary stream during one turn of a loop: where its times began and how far they have come, and whether its last PES is whole. Times are
/// those of the content, before any shift, 90 kHz.
/// </summary>
internal struct TsTurnStream
{
    /// <summary>What one PES may hold at most where nothing says it: longer is a stream with pauses, such as subtitles.</summary>
    private const long DurationMax = TsClock.PtsHz / 2;

    private long _firstTicks, _lastTicks, _nextTicks, _stepTicks, _spanTicks;
    private long _bytesBefore, _bytesOfLast;
    private int _left;
    private bool _isOpen, _isPicture;

    /// <summary>Has times in this turn.</summary>
    public bool HasTimes { get; private set; }

    public readonly long FirstTicks => _firstTicks;
    public readonly long LastTicks => _lastTicks;

    /// <summary>From the last time but one to the last.</summary>
    public readonly long StepTicks => _stepTicks;

    /// <summary>What follows the turn in the content was seen: its first time, and there is no need to guess.</summary>
    public bool HasNext { get; private set; }

    /// <summary>The last PES has not come whole: bytes of it are missing, or its end is not said.</summary>
    public readonly bool IsOpen => _isOpen;

    /// <summary>A PES begins with this payload.</summary>
    public void Begin(in PesHeader header, int payloadBytes)
    {
        if (TicksOf(header) is { } ticks)
            Time(ticks);
        const int lengthEnd = 6;
        (_isOpen, _isPicture) = (true, (header.StreamId & 0xF0) == PesHeader.VideoStreamId);
        _bytesBefore += _bytesOfLast;
        _bytesOfLast = 0;
        _left = header.PacketLength == 0 ? int.MaxValue : lengthEnd + header.PacketLength;
        Continue(payloadBytes);
    }

    /// <summary>It goes on with this payload.</summary>
    public void Continue(int payloadBytes)
    {
        if (!_isOpen)
            return;
        _bytesOfLast += payloadBytes;
        if (_left != int.MaxValue)
            _left -= payloadBytes;
        _isOpen &= _left > 0;
    }

    /// <summary>Behind the turn's end the next PES begins, at this time if it says one.</summary>
    public void Close(long? nextTicks)
    {
        _isOpen = false;
        (_nextTicks, HasNext) = (nextTicks ?? 0, nextTicks is not null);
    }

    /// <summary>
    /// When what follows the last PES should begin. Where that was not seen, a picture lasts as long as the one before it, and sound as its bytes tell.
    /// </summary>
    public readonly long EndTicks
    {
        get
        {
            if (HasNext)
                return _nextTicks;
            if (_isPicture || _bytesBefore == 0)
                return _lastTicks + Math.Max(1, _stepTicks);
            return _lastTicks + Math.Clamp(_spanTicks * _bytesOfLast / _bytesBefore, 1, DurationMax);
        }
    }

    /// <summary>When a PES is decoded: its DTS, or its PTS where they are the same.</summary>
    public static long? TicksOf(in PesHeader header) => header.Dts90kHz ?? header.Pts90kHz;

    private void Time(long ticks)
    {
        if (!HasTimes)
            _firstTicks = ticks;
        else
        {
            _stepTicks = Math.Clamp(TsClock.PtsDistance(_lastTicks, ticks), 0, DurationMax);
            _spanTicks += _stepTicks;
        }
        (_lastTicks, HasTimes) = (ticks, true);
    }
}
