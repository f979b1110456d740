using Sluice.Control.Offsets;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Rtsp;

/// <summary>What a publisher says that it will send (RFC 2326 §10.3), and the numbers by which its URLs name the tracks. Immutable.</summary>
internal sealed class Announcement
{
    private readonly int?[] _numbers;

    private Announcement(ChannelDescription channel, int?[] numbers, IReadOnlyList<ProviderOffset> offsets) =>
        (Channel, _numbers, Offsets) = (channel, numbers, offsets);

    /// <summary>How long after now it wants the channel's outputs; empty = it says nothing of that.</summary>
    public IReadOnlyList<ProviderOffset> Offsets { get; }

    /// <summary>The channel by its registered name, with the tracks that are announced.</summary>
    public ChannelDescription Channel { get; }

    /// <summary>
    /// Reads a description that goes into a channel; null with the reason for people. Every section must be one that can be carried: the
    /// publisher will set all of them up.
    /// </summary>
    public static Announcement? Read(ReadOnlySpan<byte> sdp, string channel, out string reason)
    {
        reason = "the description cannot be read";
        if (!SdpReader.TryRead(sdp, out var session))
            return null;
        var tracks = SdpTracks.Read(session, SdpLimits.MediaMax);
        reason = tracks.Count == 0 ? "the description has no RTP track" : "the description has a section that is no RTP of a known payload type";
        if (tracks.Count == 0 || tracks.Count < session.Media.Count)
            return null;
        var numbers = tracks.Select(track => NumberOf(track.Control)).ToArray();
        reason = "the description's tracks need control attributes such as trackID=0, one each";
        if (tracks.Count > 1 && (numbers.Contains(null) || numbers.Distinct().Count() < numbers.Length))
            return null;
        if (ProviderOffset.Read(session, out var offsets) is { } wrong)
        {
            reason = $"the description's {wrong}";
            return null;
        }
        return new Announcement(new ChannelDescription(channel, [.. tracks.Select(track => track.Media)]), numbers, offsets);
    }

    /// <summary>The track that a URL names, from 0; null when it names none or one that was not announced.</summary>
    public int? Find(RtspUrl url)
    {
        if (_numbers.Length == 1 && (url.Track is null || _numbers[0] is null))
            return 0;
        var index = url.Track is null ? -1 : Array.IndexOf(_numbers, url.Track);
        return index < 0 ? null : index;
    }

    // Relative or absolute, it ends in its number as our own do; ffmpeg says streamid=0, GStreamer stream=0, others trackID=1.
    private static int? NumberOf(string? control)
    {
        if (control is null)
            return null;
        var name = control[(control.LastIndexOf('/') + 1)..];
        return RtspUrl.TryParse(System.Text.Encoding.UTF8.GetBytes($"rtsp://h/{name}"), out var url) ? url.Track : null;
    }
}
