using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>Transport streams packet by packet: tables, indicator, key pictures without one, audio alone.</summary>
public class TsAccessFinderTests
{
    private const ushort PmtPid = 0x100, VideoPid = 0x101, AudioPid = 0x102;

    [Fact]
    public void FindsTheIndicatorsOfAnEncodersStreamAndItsTables()
    {
        // ffmpeg, a key picture every ten frames of ten a second; datagrams of one packet here.
        var finder = new TsAccessFinder();
        var found = new List<(int, TableSpan, TableSpan)>();
        var stream = HexVector.Load("mpegts/ffmpeg-short.hex");
        for (var i = 0; i < stream.Count; i++)
            if (finder.Receive(stream[i].Bytes, (uint)i))
                found.Add((i, finder.Pat, finder.Pmt));
        Assert.NotEmpty(found);
        foreach (var (at, pat, pmt) in found)
        {
            Assert.True(TsPacket.TryParse(stream[at].Bytes, out var packet));
            Assert.True(packet.AdaptationField.RandomAccess && packet.Pid == 256);
            Assert.True(pat.First == pat.Last && pmt.First == pmt.Last && pmt.Last < at && pat.Last < pmt.First);
            Assert.True(TsPacket.TryParse(stream[(int)pat.First].Bytes, out var first) && first.Pid == TsPacket.PatPid);
            Assert.True(TsPacket.TryParse(stream[(int)pmt.First].Bytes, out var second) && second.Pid == 4096);
        }
    }

    [Fact]
    public void FindsNothingBeforeBothTablesHaveCome()
    {
        var finder = new TsAccessFinder();
        Assert.False(finder.Receive(Video(indicator: true), 1));
        Assert.False(finder.Receive(PatPacket(), 2) || finder.Receive(Video(indicator: true), 3) || finder.HasTables);
        Assert.False(finder.Receive(PmtPacket(TsStreamTypes.H264), 4));
        Assert.True(finder.HasTables && finder.Receive(Video(indicator: true), 5));
        Assert.Equal((new TableSpan(2, 2), new TableSpan(4, 4)), (finder.Pat, finder.Pmt));
    }

    [Fact]
    public void TakesTablesAndPictureFromOneDatagram() =>
        Assert.True(new TsAccessFinder().Receive((byte[])[.. PatPacket(), .. PmtPacket(TsStreamTypes.H264), .. Video(indicator: true)], 9));

    [Fact]
    public void AnIndicatorOfAnotherStreamIsNone()
    {
        var finder = WithTables(TsStreamTypes.H264);
        Assert.False(finder.Receive(Packet(AudioPid, start: true, indicator: true, [0, 0, 1, 0xc0, 0, 0, 0x80, 0, 0]), 3));
    }

    public static TheoryData<byte, string, bool> Units => new()
    {
        { TsStreamTypes.H264, "00000001 09f0 00000001 6742c00a", true },
        { TsStreamTypes.H264, "000001 65888400", true },
        { TsStreamTypes.H264, "00000001 09f0 00000001 419a0000", false },
        { TsStreamTypes.Hevc, "00000001 460150 00000001 40010c01", true },
        { TsStreamTypes.Hevc, "000001 2601af00", true },
        { TsStreamTypes.Hevc, "000001 0201d000", false },
        { TsStreamTypes.Mpeg2Video, "000001b3 16012013", true },
        { TsStreamTypes.Mpeg2Video, "00000100 00170000", false },
        { TsStreamTypes.Jpeg2000, "00000165 88840000", false },
    };

    [Theory, MemberData(nameof(Units))]
    public void KnowsAKeyPictureWithoutTheIndicator(byte type, string unit, bool isKey)
    {
        var finder = WithTables(type);
        byte[] pes = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1, .. Convert.FromHexString(unit.Replace(" ", "", StringComparison.Ordinal))];
        Assert.Equal(isKey, finder.Receive(Packet(VideoPid, start: true, indicator: false, pes), 3));
        // The same bytes in the middle of a unit begin nothing.
        Assert.False(finder.Receive(Packet(VideoPid, start: false, indicator: false, pes), 4));
    }

    [Fact]
    public void WithoutVideoEveryStartOfAnAudioUnitIsOne()
    {
        var finder = new TsAccessFinder();
        finder.Receive(PatPacket(), 1);
        finder.Receive(PmtPacket(TsStreamTypes.AacAdts), 2);
        byte[] pes = [0, 0, 1, 0xc0, 0, 0, 0x80, 0, 0];
        Assert.True(finder.Receive(Packet(VideoPid, start: true, indicator: false, pes), 3));
        Assert.False(finder.Receive(Packet(VideoPid, start: false, indicator: false, pes), 4));
    }

    [Fact]
    public void AProgramThatMovesIsFollowed()
    {
        var finder = WithTables(TsStreamTypes.H264);
        Assert.False(finder.Receive(PatPacket(pmtPid: 0x200, counter: 1), 3));
        Assert.False(finder.HasTables || finder.Receive(Video(indicator: true), 4));
        finder.Receive(PmtPacket(TsStreamTypes.H264, 0x200), 5);
        Assert.True(finder.Receive(Video(indicator: true), 6));
        finder.Reset();
        Assert.False(finder.HasTables || finder.Receive(Video(indicator: true), 7));
    }

    [Fact]
    public void ATableOverSeveralDatagramsIsASpan()
    {
        var finder = new TsAccessFinder();
        finder.Receive(PatPacket(), 1);
        var packets = Pmt(TsStreamTypes.H264, PmtPid, descriptorBytes: 180);
        Assert.Equal(2 * TsPacket.Size, packets.Length);
        finder.Receive(packets.AsSpan(0, TsPacket.Size), 2);
        finder.Receive(packets.AsSpan(TsPacket.Size), 4);
        Assert.Equal(new TableSpan(2, 4), finder.Pmt);
    }

    [Fact]
    public void NeverThrowsOnAnyBytesAndAllocatesNothing()
    {
        var finder = WithTables(TsStreamTypes.H264);
        var random = new Random(3);
        var bytes = new byte[7 * TsPacket.Size];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            for (var at = 0; at < bytes.Length; at += TsPacket.Size)
                (bytes[at], bytes[at + 1], bytes[at + 2]) = (TsPacket.SyncByte, (byte)(bytes[at + 1] & 0x41), (byte)(bytes[at + 2] & 3));
            finder.Receive(bytes.AsSpan(0, random.Next(bytes.Length + 1)), (uint)i);
        }
        Assert.Equal(0, Allocations.Of(() => finder.Receive(bytes, 1)));
    }

    private static TsAccessFinder WithTables(byte videoType)
    {
        var finder = new TsAccessFinder();
        finder.Receive(PatPacket(), 1);
        finder.Receive(PmtPacket(videoType), 2);
        return finder;
    }

    private static byte[] Video(bool indicator) => Packet(VideoPid, start: true, indicator, [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0]);

    private static byte[] PatPacket(ushort pmtPid = PmtPid, byte counter = 0) => TsPackets.Pat(pmtPid, counter);

    private static byte[] PmtPacket(byte videoType, ushort pid = PmtPid) => Pmt(videoType, pid, 0);

    private static byte[] Pmt(byte type, ushort pid, int descriptorBytes) =>
        TsPackets.Pmt(pid, [(type, VideoPid), (TsStreamTypes.PrivatePes, AudioPid)], descriptorBytes);

    private static byte[] Packet(ushort pid, bool start, bool indicator, byte[] payload) => TsPackets.Media(pid, start, indicator, payload);
}
