using System.Buffers.Binary;
using Sluice.Tests.Kit;
using Sluice.Wire.Loops;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.Loops;

/// <summary>ANSI/SCTE 35 §9.6: cues of a stream that is sent again fit its new times. The vectors are the examples of §14.</summary>
public class TsCueShiftTests
{
    private const string TimeSignal =
        "FC3034000000000000FFFFF00506FE72BD0050001E021C435545494800008E7FCF0001A599B00808000000002CA0A18A3402009AC9D17E";
    private const string SpliceInsert = "FC302F000000000000FFFFF014054800008F7FEFFE7369C02EFE0052CCF500000000000A0008435545490000013562DBA30A";
    private const int HeadSize = 14, RoomBytes = TsPacket.Size - TsPacket.HeaderSize;

    [Theory]
    [InlineData(TimeSignal, 900_000, "0000DBBA0")]
    [InlineData(SpliceInsert, 900_000, "0000DBBA0")]
    [InlineData(SpliceInsert, -1, "1FFFFFFFF")]
    [InlineData(TimeSignal, 0x1_2345_6789, "123456789")]
    public void TheAdjustmentMovesAndTheChecksumFits(string hex, long ticks, string adjustment)
    {
        var section = Convert.FromHexString(hex);
        var restamper = new TsRestamper { ShiftTicks = ticks };
        var moved = Through(restamper, [Packet([0, .. section], 3)]).AsSpan(1, section.Length);
        Assert.Equal(0u, PsiCrc32.Compute(moved));
        Assert.Equal(adjustment, $"{moved[4] & 1}{Convert.ToHexString(moved[5..9])}");
        Assert.Equal((1L, 0L), (restamper.CuesMoved, restamper.CuesUnmoved));
        // Nothing else, and back again.
        var back = Through(new TsRestamper { ShiftTicks = -ticks }, [Packet([0, .. moved], 3)]).AsSpan(1, section.Length);
        Assert.Equal(hex, Convert.ToHexString(back));
    }

    /// <summary>An adjustment that somebody before us made stays in it; that the command is encrypted changes nothing, for the field is in the clear.</summary>
    [Fact]
    public void WhatWasAdjustedBeforeIsAddedToAlsoInAnEncryptedCue()
    {
        var section = Signed(Convert.FromHexString(TimeSignal), bytes =>
        {
            bytes[4] = 0x80 | 0x02 << 1;        // encrypted, by DES CBC
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), 100);
        });
        var moved = Through(new TsRestamper { ShiftTicks = 11 }, [Packet([0, .. section], 3)]).AsSpan(1, section.Length);
        Assert.Equal((0x84, 111u, 0u), (moved[4], BinaryPrimitives.ReadUInt32BigEndian(moved[5..]), PsiCrc32.Compute(moved)));
    }

    /// <summary>Wherever a packet's border cuts it: before its head is whole it cannot be moved, behind that it is as if it were whole.</summary>
    [Fact]
    public void ACueInTwoPacketsIsMovedWhereverItIsCut()
    {
        var section = Convert.FromHexString(SpliceInsert);
        for (var cut = 1; cut < section.Length; cut++)
        {
            var restamper = new TsRestamper { ShiftTicks = 90_000 };
            // Something else fills the first packet up to where the cue begins.
            var before = Filler(RoomBytes - 1 - cut);
            byte[][] packets = [Packet([0, .. before, .. section[..cut]], 3), Packet(section[cut..], 4, starts: false)];
            var payloads = Through(restamper, packets);
            var moved = payloads.AsSpan(1 + before.Length, section.Length).ToArray();
            Assert.Equal(before, payloads[1..(1 + before.Length)]);
            Assert.Equal((cut, 0u), (cut, PsiCrc32.Compute(moved)));
            Assert.Equal((cut, cut >= HeadSize ? 90_000u : 0), (cut, BinaryPrimitives.ReadUInt32BigEndian(moved.AsSpan(5))));
            Assert.Equal((cut >= HeadSize ? 1L : 0, cut >= HeadSize ? 0L : 1), (restamper.CuesMoved, restamper.CuesUnmoved));
        }
    }

    [Fact]
    public void ALongCueMayTakeThreePacketsAndTheNextBeginBehindIt()
    {
        var section = Signed([.. Convert.FromHexString(TimeSignal)[..^4], .. new byte[400], 0, 0, 0, 0], bytes =>
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), (ushort)(0x3000 | bytes.Length - 3)));
        byte[] all = [.. section, .. Convert.FromHexString(SpliceInsert)];
        var (first, second) = (RoomBytes - 1, 2 * RoomBytes - 1);
        var tail = section.Length - second;
        byte[][] packets = [Packet([0, .. all[..first]], 14), Packet(all[first..second], 15, starts: false), Packet([(byte)tail, .. all[second..]], 0)];
        var restamper = new TsRestamper { ShiftTicks = 5 };
        var payloads = Through(restamper, packets);
        byte[] moved = [.. payloads[1..(2 * RoomBytes)], .. payloads[(2 * RoomBytes + 1)..]];
        Assert.Equal(0u, PsiCrc32.Compute(moved.AsSpan(0, section.Length)));
        Assert.Equal(0u, PsiCrc32.Compute(moved.AsSpan(section.Length, all.Length - section.Length)));
        Assert.Equal((5, 5, 2L), (moved[8], moved[section.Length + 8], restamper.CuesMoved));
    }

    [Fact]
    public void WhatIsDamagedStaysAndIsCounted()
    {
        var section = Convert.FromHexString(TimeSignal);
        section[20] ^= 1;
        var restamper = new TsRestamper { ShiftTicks = 90_000 };
        Assert.Equal(section, Through(restamper, [Packet([0, .. section], 3)])[1..(1 + section.Length)]);
        Assert.Equal((0L, 1L), (restamper.CuesMoved, restamper.CuesUnmoved));

        // In two packets, of which the second is another: it is not touched.
        var whole = Convert.FromHexString(SpliceInsert);
        var other = Packet(whole[20..], 9, starts: false);
        byte[][] packets = [Packet([0, .. Filler(RoomBytes - 1 - 20), .. whole[..20]], 3), other];
        Assert.Equal(other[TsPacket.HeaderSize..], Through(restamper, packets)[RoomBytes..]);
        Assert.Equal(2, restamper.CuesUnmoved);

        // What is no cue: a private section with an id of the same value, and one without content.
        var table = Signed([0xFC, 0xB0, 20, .. new byte[20]], _ => { });
        Assert.Equal(table, Through(restamper, [Packet([0, .. table], 3)])[1..(1 + table.Length)]);
        byte[] empty = [0xFC, 0x30, 0, .. new byte[20]];
        Assert.Equal(empty, Through(restamper, [Packet([0, .. empty], 3)])[1..(1 + empty.Length)]);
    }

    [Fact]
    public void TakesAnyBytesWithoutAThrow()
    {
        var restamper = new TsRestamper { ShiftTicks = 12_345_678 };
        byte[] cue = Convert.FromHexString(TimeSignal);
        AnyBytes.Check([Packet([0, .. cue], 3), Packet([0, .. Filler(RoomBytes - 31), .. cue[..30]], 4), Packet(cue[30..], 5, starts: false)],
            bytes => restamper.Restamp(bytes));
        Assert.True(restamper.CuesMoved > 0);
    }

    // A section of another table.
    private static byte[] Filler(int length) =>
        [0x40, (byte)(0x30 | (length - 3) >> 8), (byte)(length - 3), .. new byte[length - 3]];

    private static byte[] Signed(byte[] section, Action<byte[]> change)
    {
        change(section);
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(section.Length - 4), PsiCrc32.Compute(section.AsSpan(0, section.Length - 4)));
        return section;
    }

    private static byte[] Packet(byte[] payload, byte counter, bool starts = true)
    {
        var packet = new byte[TsPacket.Size];
        packet.AsSpan().Fill(0xff);
        TsPacket.WriteHeader(packet, 500, starts, hasAdaptationField: false, hasPayload: true, counter);
        payload.CopyTo(packet.AsSpan(TsPacket.HeaderSize));
        return packet;
    }

    // The payloads put together.
    private static byte[] Through(TsRestamper restamper, byte[][] packets) => [.. packets.SelectMany(packet =>
    {
        restamper.Restamp(packet);
        return packet[TsPacket.HeaderSize..];
    })];
}
