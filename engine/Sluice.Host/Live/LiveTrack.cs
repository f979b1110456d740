using Sluice.Control.Rtsp;
using Sluice.Wire.RandomAccess;

namespace Sluice.Host.Live;

/// <summary>One track of a channel: a feed, that is an RTP stream with its own clock, and what its packets carry.</summary>
/// <param name="number">Its number in URLs, from 0.</param>
/// <param name="feed">Index of the feed in the engine.</param>
/// <param name="media">What is known of it at start.</param>
internal sealed class LiveTrack(int number, int feed, MediaDescription media)
{
    private volatile MediaDescription _media = media;
    private volatile bool _isPresent;

    public int Number => number;

    public int Feed => feed;

    /// <summary>
    /// Whether players are told of it: not before it is known what its packets carry, where a source brings several. The tracks that are
    /// present are the first ones. Any thread.
    /// </summary>
    public bool IsPresent
    {
        get => _isPresent;
        set => _isPresent = value;
    }

    /// <summary>What the packets carry: as configured or as learned. Any thread.</summary>
    public MediaDescription Media
    {
        get => _media;
        set => _media = value;
    }

    /// <summary>How the stream's random access points are found.</summary>
    public AccessCodec AccessCodec => RtpAccess.CodecOf(_media.EncodingName, _media.Kind == MediaKind.Audio);
}
