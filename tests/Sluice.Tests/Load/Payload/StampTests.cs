using System.Text;
using Sluice.Load.Payload;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Load.Payload;

public class StampTests
{
    private static readonly Stamp Sample = new(0xDEADBEEF, 7, 1L << 40, 123_456_789_012_345);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void ReadsBackWhatItWroteInWholeTransportPackets(int packet)
    {
        var payload = Written(packet);
        Assert.Equal(StampVerdict.Valid, Stamp.Read(payload, out var read));
        Assert.Equal(Sample, read);
        Assert.True(TsDatagram.TryParse(payload, out var datagram));
        Assert.True(datagram.TryGetPacket(packet, out var carrier) && carrier.IsNull);
    }

    [Fact]
    public void NoChangedByteEscapesTheChecksum()
    {
        var payload = Written(0);
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= 0x10;
            Assert.NotEqual(StampVerdict.Valid, Stamp.Read(payload, out _));
            payload[i] ^= 0x10;
        }
    }

    [Fact]
    public void ACutPayloadIsCorrupt() => Assert.Equal(StampVerdict.Corrupt, Stamp.Read(Written(0).AsSpan(0, 6 * 188), out _));

    [Fact]
    public void StrangersHaveNone() =>
        Assert.All((byte[][])[[], [0x47], new byte[1316], [.. Enumerable.Repeat((byte)0x47, 1316)]],
            payload => Assert.Equal(StampVerdict.Absent, Stamp.Read(payload, out _)));

    [Fact]
    public void TheChecksumIsCastagnolis() => Assert.Equal(0xE3069283, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));

    private static byte[] Written(int packet)
    {
        var payload = new byte[7 * TsPacket.Size];
        for (var at = 0; at < payload.Length; at += TsPacket.Size)
        {
            TsPacket.WriteNull(payload.AsSpan(at));
            TsPacket.WriteHeader(payload.AsSpan(at), 256, false, false, true, 5);
        }
        Sample.Write(payload, packet * TsPacket.Size, payload.Length);
        return payload;
    }
}
