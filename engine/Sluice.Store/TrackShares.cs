namespace Sluice.Store;

/// <summary>
/// How a channel's bytes are divided among the logs of its tracks. It is decided before anything is known of them, because space is reserved at start:
/// the first track mostly is the picture, so each of the others gets an eighth, which is more than sound needs beside a picture, and the first
/// what is left. With eight tracks all have the same.
/// </summary>
public static class TrackShares
{
    /// <summary>A log's oldest segment goes as a whole: in so many steps the smaller logs let go of the past.</summary>
    private const int FurtherSegmentsMin = 8;

    /// <param name="channelBytes">Of the whole channel.</param>
    /// <param name="track">From 0.</param>
    /// <param name="tracks">How many there may be, 1 to <see cref="StoreLimits.TracksMax"/>.</param>
    public static long BytesOf(long channelBytes, int track, int tracks) =>
        track > 0 ? channelBytes / StoreLimits.TracksMax : channelBytes - (tracks - 1) * (channelBytes / StoreLimits.TracksMax);

    /// <summary>How large a segment of a log may be: pages, two of them at least in what it has.</summary>
    /// <param name="bytesMax">What the log has.</param>
    /// <param name="track">From 0.</param>
    /// <param name="wished">As configured.</param>
    public static long SegmentBytes(long bytesMax, int track, long wished)
    {
        var most = track == 0 ? bytesMax / 2 : Math.Max(bytesMax / FurtherSegmentsMin, StoreLimits.SegmentBytesMin);
        return Math.Min(wished, most) / SegmentHeader.PageBytes * SegmentHeader.PageBytes;
    }
}
