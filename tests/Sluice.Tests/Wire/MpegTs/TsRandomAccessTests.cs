using Sluice.Tests.Flow;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.MpegTs;

public class TsRandomAccessTests
{
    private const byte Video = 0xE0, Audio = 0xC0;

    [Theory]
    [InlineData(true, true, Video, true)]
    [InlineData(true, true, 0xEF, true)]
    [InlineData(true, true, Audio, false)]      // nearly every audio frame is one
    [InlineData(true, true, 0xBD, false)]
    [InlineData(true, false, Video, false)]
    [InlineData(false, true, Video, false)]
    public void IsAStartOfVideoThatSaysSo(bool unitStart, bool randomAccess, byte streamId, bool expected)
    {
        Assert.Equal(expected, TsRandomAccess.TryFind(Packet(unitStart, randomAccess, streamId), out var offset));
        Assert.True(!expected || offset == 0);
    }

    [Fact]
    public void IsFoundBehindOtherPackets()
    {
        var other = Packet(unitStart: true, randomAccess: false, Video);
        byte[] datagram = [.. other, .. Packet(true, true, Audio), .. Packet(true, true, Video), .. Packet(true, true, Video)];

        Assert.True(TsRandomAccess.TryFind(datagram, out var offset));
        Assert.Equal(2 * TsPacket.Size, offset);
        Assert.False(TsRandomAccess.TryFind(other, out _));
        Assert.False(TsRandomAccess.TryFind([], out _));
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void GarbageIsNoPlaceToBegin(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[7 * TsPacket.Size];
        for (var round = 0; round < 2_000; round++)
        {
            random.NextBytes(bytes);
            if (TsRandomAccess.TryFind(bytes, out var offset))
                Assert.True(offset % TsPacket.Size == 0 && bytes[offset] == TsPacket.SyncByte);
        }
    }

    private static byte[] Packet(bool unitStart, bool randomAccess, byte streamId)
    {
        var packet = new byte[TsPacket.Size];
        TsPacket.WriteHeader(packet, 0x100, unitStart, hasAdaptationField: true, hasPayload: true, continuityCounter: 3);
        TsAdaptationField.Write(packet, length: 1, randomAccess: randomAccess);
        new PesHeader(streamId, 0, 0, 90_000, null).Write(packet.AsSpan(TsPacket.HeaderSize + 2));
        return packet;
    }
}
