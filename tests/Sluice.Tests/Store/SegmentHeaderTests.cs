using FsCheck;
using FsCheck.Fluent;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class SegmentHeaderTests
{
    private static readonly SegmentHeader Header = new()
    {
        Epoch = SegmentHeader.EpochOf(5, 99),
        Number = 5,
        FileBytes = 1 << 20,
        Run = 77,
        CreatedWallNs = 1_700_000_000_000_000_000,
        CreatedNs = 123,
        Media = new(96, 90_000, "H264"),
        Channel = new string('x', StoreLimits.ChannelNameMax),
    };

    private static readonly SegmentSeal Seal = new()
    {
        Epoch = Header.Epoch,
        Range = new() { EndOffset = 8_000, Records = 3, FirstSequence = 10, LastSequence = 12, FirstWallNs = -5, LastWallNs = 7 },
        IndexEntries = 2,
        IndexCrc = 0xDEAD_BEEF,
        IndexOffset = 9_000,
    };

    private static SegmentMark Mark(ulong round) =>
        new() { Epoch = Header.Epoch, Round = round, Range = Seal.Range with { EndOffset = 6_000 + (long)round }, IndexEntries = 1, IndexCrc = 0xBEEF };

    [Fact]
    public void AllBlocksReadBack()
    {
        var page = Page();
        Assert.True(SegmentHeader.TryRead(page, out var header));
        Assert.Equal(Header, header);
        Assert.True(SegmentSeal.TryRead(page, header, out var seal));
        Assert.Equal(Seal, seal);
        Assert.True(SegmentMark.TryRead(page, header, out var mark));
        Assert.Equal(Mark(8), mark);
    }

    [Fact]
    public void AMarkThatTearsLeavesTheOneBefore()
    {
        var page = Page();
        page[SegmentMark.OffsetOf(8) + 30] ^= 1;
        Assert.True(SegmentMark.TryRead(page, Header, out var mark));
        Assert.Equal(Mark(7), mark);
        page[SegmentMark.OffsetOf(7) + 30] ^= 1;
        Assert.False(SegmentMark.TryRead(page, Header, out _));
    }

    [Fact]
    public void NoFlippedByteGoesUnseen()
    {
        var page = Page();
        for (var i = 0; i < SegmentMark.Offset + 512; i++)
        {
            page[i] ^= 0x10;
            var whole = SegmentHeader.TryRead(page, out var header) && SegmentSeal.TryRead(page, header, out _)
                && SegmentMark.TryRead(page, header, out var mark) && mark == Mark(8);
            Assert.False(whole, $"byte {i}");
            page[i] ^= 0x10;
        }
    }

    [Fact]
    public void SealAndMarkOfAnotherLifeAreRefused()
    {
        var page = Page();
        var next = Header with { Epoch = SegmentHeader.EpochOf(6, 99), Number = 6 };
        next.Write(page); // only the identity: as if the rest of a recycled header page had stayed
        Assert.True(SegmentHeader.TryRead(page, out var header));
        Assert.False(SegmentSeal.TryRead(page, header, out _));
        Assert.False(SegmentMark.TryRead(page, header, out _));
    }

    [Fact]
    public void AnyBytesAreReadWithoutAThrow() => Prop.ForAll<byte[], int>((bytes, at) =>
    {
        SegmentHeader.TryRead(bytes, out var header);
        SegmentSeal.TryRead(bytes, header, out _);
        SegmentMark.TryRead(bytes, header, out _);
        new SegmentIndex(1 << 20).TryRead(bytes, Seal.Range);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EveryNumberHasACommitWordOfItsOwn()
    {
        var seen = new HashSet<uint>();
        for (ulong number = 1; number < 200_000; number++)
            Assert.True((uint)SegmentHeader.EpochOf(number, 1) != 0 && seen.Add((uint)SegmentHeader.EpochOf(number, 1)));
    }

    private static byte[] Page()
    {
        var page = new byte[SegmentHeader.PageBytes];
        Header.Write(page);
        Seal.Write(page.AsSpan(SegmentSeal.Offset));
        Mark(7).Write(page.AsSpan(SegmentMark.OffsetOf(7)));
        Mark(8).Write(page.AsSpan(SegmentMark.OffsetOf(8)));
        return page;
    }
}
