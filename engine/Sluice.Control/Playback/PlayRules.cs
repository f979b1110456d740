namespace Sluice.Control.Playback;

/// <summary>The bounds within which somebody may ask for time, each with its reason. RTSP and HTTP share them.</summary>
public static class PlayRules
{
    /// <summary>Nearer to now than this is now: the store needs a moment, and so does reading ahead.</summary>
    public const long ShiftMinNs = 1_000_000_000;

    /// <summary>A player's clock may be ahead of ours, and then its "now" lies in the future.</summary>
    public const long FutureSlackNs = 2_000_000_000;

    /// <summary>
    /// What the window may have lost since somebody was told of it: who asks for less before its beginning gets the beginning. Who asks for more
    /// is refused, because he would see something else than he asked for.
    /// </summary>
    public const long PastSlackNs = 10_000_000_000;

    /// <summary>
    /// GStreamer resumes a channel at its own position, which is behind ours by what it buffers (2 s and the client's delay): so near to where it
    /// paused it means "go on".
    /// </summary>
    public const long ResumeSlackNs = 4_000_000_000;

    /// <summary>
    /// RFC 2326 §12.34: the server chooses the nearest that it can do; ours is never faster than what was asked: 1, or on random access points
    /// only 2, 4 and 8. Backwards is not offered.
    /// </summary>
    public static int ScaleOf(double? asked, in MediaSpan span) =>
        !span.HasScales || asked is not { } wished ? 1 : wished >= 8 ? 8 : wished >= 4 ? 4 : wished >= 2 ? 2 : 1;
}
