namespace Sluice.Store;

/// <summary>What the payloads of a segment are; a change of it begins a new segment.</summary>
/// <param name="PayloadType">RTP payload type, 33 for MPEG-TS (RFC 3551 §6).</param>
/// <param name="ClockRate">Ticks per second of the RTP timestamps; 0 when there are none.</param>
/// <param name="Encoding">Encoding name as in SDP's <c>a=rtpmap</c> ("MP2T", "H264"), at most 31 bytes.</param>
public readonly record struct StoredMedia(byte PayloadType, uint ClockRate, string Encoding)
{
    /// <summary>MPEG-TS, in RTP or not: the payloads are the same 188-byte packets.</summary>
    public static StoredMedia MpegTs { get; } = new(33, 90_000, "MP2T");
}
