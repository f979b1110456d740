namespace Sluice.Wire.Rtp;

/// <summary>What <see cref="RtpSourceValidator"/> makes of one sequence number.</summary>
public enum RtpVerdict
{
    /// <summary>The source has not yet shown enough packets in sequence; do not play it.</summary>
    Probation,

    /// <summary>In order, or forward over a gap shorter than the dropout bound.</summary>
    Accepted,

    /// <summary>Behind the highest, within the misorder bound, and not seen before: a late packet.</summary>
    Misordered,

    /// <summary>Seen before, as far as the window of 64 tells.</summary>
    Duplicate,

    /// <summary>Far from what was expected; taken for a restart only when its successor comes next.</summary>
    Jump,

    /// <summary>Second packet in sequence after a jump: the count starts anew with this packet.</summary>
    Restarted,
}
