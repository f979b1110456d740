using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>RFC 3551 §6, tables 4 and 5.</summary>
public class RtpStaticPayloadTypesTests
{
    [Theory]
    [InlineData(0, "PCMU", 8000, 1, RtpMediaKind.Audio)]
    [InlineData(9, "G722", 8000, 1, RtpMediaKind.Audio)]
    [InlineData(10, "L16", 44_100, 2, RtpMediaKind.Audio)]
    [InlineData(14, "MPA", 90_000, 0, RtpMediaKind.Audio)]
    [InlineData(26, "JPEG", 90_000, 0, RtpMediaKind.Video)]
    [InlineData(33, "MP2T", 90_000, 0, RtpMediaKind.AudioVideo)]
    [InlineData(34, "H263", 90_000, 0, RtpMediaKind.Video)]
    public void Knows(byte payloadType, string encoding, int clockRate, int channels, RtpMediaKind kind) =>
        Assert.Equal(new RtpStaticPayloadType(payloadType, encoding, clockRate, channels, kind), RtpStaticPayloadTypes.Find(payloadType));

    [Fact]
    public void KnowsTwentyFourAndNoOthers()
    {
        var known = Enumerable.Range(0, 256).Where(pt => RtpStaticPayloadTypes.Find((byte)pt) is not null);
        int[] assigned = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 25, 26, 28, 31, 32, 33, 34];
        Assert.Equal(assigned, known);
        Assert.Equal(assigned.Length, RtpStaticPayloadTypes.All.Length);
    }

    [Fact]
    public void TellsDynamicAndReserved()
    {
        Assert.Equal(32, Enumerable.Range(0, 256).Count(pt => RtpStaticPayloadTypes.IsDynamic((byte)pt)));
        Assert.Equal([72, 73, 74, 75, 76], Enumerable.Range(0, 256).Where(pt => RtpStaticPayloadTypes.IsReservedForRtcp((byte)pt)));
    }
}
