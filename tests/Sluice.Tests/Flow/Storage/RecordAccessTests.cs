using Sluice.Flow;
using Sluice.Store;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Storage;

public class RecordAccessTests
{
    private const ushort PmtPid = 100, VideoPid = 101;

    [Fact]
    public void MpegTsMayStartAtAnIndicatorOnceItsTablesWereSeen()
    {
        var access = new RecordAccess();
        var key = TsPackets.Media(VideoPid, start: true, indicator: true, [0, 0, 1]);
        Assert.False(access.IsAccess(key, isBreak: false));
        Assert.False(access.IsAccess(Tables(), isBreak: false));
        Assert.True(access.IsAccess(key, isBreak: false));
        Assert.False(access.IsAccess(TsPackets.Media(VideoPid, start: false, indicator: false, [1]), isBreak: false));
        Assert.False(access.IsAccess(key, isBreak: true)); // another source: its tables may be others
    }

    [Fact]
    public void OtherCodecsMayStartAtTheirKeyPictures()
    {
        var access = new RecordAccess();
        access.SetMedia(new StoredMedia(96, 90_000, "H264"));
        Assert.True(access.IsAccess([0x65, 0x88, 0], isBreak: false));  // IDR, first macroblock
        Assert.False(access.IsAccess([0x41, 0x9a, 0], isBreak: false));
    }

    private static byte[] Tables() => [.. TsPackets.Pat(PmtPid), .. TsPackets.Pmt(PmtPid, [(TsStreamTypes.H264, VideoPid)])];
}
