namespace Sluice.Control.Rtsp;

/// <summary>What the m= line calls the media.</summary>
public enum MediaKind { Video, Audio, Application }

/// <summary>What a channel's RTP packets carry, as SDP tells it.</summary>
/// <param name="Kind">MPEG-TS is video whatever is in it (RFC 3555 §4.2).</param>
/// <param name="PayloadType">0–127; from 96 up its meaning is the encoding name (RFC 3551 §3).</param>
/// <param name="EncodingName">e.g. MP2T, H264.</param>
/// <param name="ClockRate">RTP timestamp units per second.</param>
/// <param name="Channels">Audio channels, 1 for anything else.</param>
/// <param name="FormatParameters">The fmtp value without its payload type, or null.</param>
public sealed record MediaDescription(
    MediaKind Kind, byte PayloadType, string EncodingName, int ClockRate, int Channels = 1, string? FormatParameters = null)
{
    /// <summary>MPEG transport stream (RFC 2250, payload type 33).</summary>
    public static readonly MediaDescription TransportStream = new(MediaKind.Video, 33, "MP2T", 90_000);
}

/// <summary>A channel as RTSP sees it: one or several tracks, each an RTP stream of its own (RFC 2326 §C.1.1).</summary>
/// <param name="Name">Registered spelling; found without regard to case because VLC lower-cases URLs.</param>
/// <param name="Tracks">What each track's packets carry; a track's number in URLs is its place here. Empty only while offline.</param>
/// <param name="IsOnline">False while what it carries is not known: there is nothing to describe yet.</param>
public sealed record ChannelDescription(string Name, IReadOnlyList<MediaDescription> Tracks, bool IsOnline = true)
{
    /// <summary>A channel of one track, where the session's and the track's URL mean the same.</summary>
    public ChannelDescription(string name, MediaDescription media, bool isOnline = true) : this(name, [media], isOnline) { }

    /// <summary>Two descriptions that say the same are equal: announcements count their versions by it.</summary>
    public bool Equals(ChannelDescription? other) =>
        other is not null && Name == other.Name && IsOnline == other.IsOnline && Retransmit == other.Retransmit && Tracks.SequenceEqual(other.Tracks);

    public override int GetHashCode() => HashCode.Combine(Name, IsOnline, Tracks.Count);

    /// <summary>Null when no packet is sent again.</summary>
    public RetransmitOffer? Retransmit { get; init; }
}

/// <summary>What SDP says of retransmission.</summary>
/// <param name="HasRtx">As a stream of its own (RFC 4588) for those who want it.</param>
/// <param name="TimeMs">How long a packet is kept (rtx-time).</param>
public sealed record RetransmitOffer(bool HasRtx, int TimeMs)
{
    private const byte FirstDynamic = 97;

    /// <summary>A dynamic payload type that the media does not have.</summary>
    public static byte RtxPayloadType(MediaDescription media) => media.PayloadType == FirstDynamic ? (byte)(FirstDynamic + 1) : FirstDynamic;
}
