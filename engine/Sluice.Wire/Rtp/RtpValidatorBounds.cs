namespace Sluice.Wire.Rtp;

/// <summary>
/// The bounds of RFC 3550 A.1. They are counts, so a fast stream needs greater ones: at 30,000 packets/s a 100 ms
/// outage is already 3,000.
/// </summary>
/// <param name="DropoutMax">A forward gap below this is loss, from here on a jump; 1 to 32,767.</param>
/// <param name="MisorderMax">A packet less than this behind the highest is late, not a jump; 1 to 32,767.</param>
/// <param name="SequentialMin">Packets in sequence before a new source is valid; 1 or more.</param>
public readonly record struct RtpValidatorBounds(int DropoutMax, int MisorderMax, int SequentialMin)
{
    /// <summary>The RFC's figures; <c>new RtpValidatorBounds()</c> and <c>default</c> are all zeros and no validator takes them.</summary>
    public static RtpValidatorBounds Rfc3550 => new(3000, 100, 2);

    /// <summary>Bounds that outlast one second without packets at the given rate.</summary>
    public static RtpValidatorBounds ForRate(int packetsPerSecond) =>
        new(Math.Clamp(packetsPerSecond, 3000, 32_767), 100, 2);
}
