using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.Loops;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.Loops;

/// <summary>ISO/IEC 13818-1 §2.4.3.3 (counters), §2.4.3.5 (PCR, splices), §2.4.3.7 (PTS, DTS); the vector is a whole stream of ffmpeg.</summary>
public class TsRestamperTests
{
    private static readonly byte[][] Stream = [.. HexVector.Load("mpegts/ffmpeg-short.hex").Select(vector => vector.Bytes)];

    [Fact]
    public void NothingIsChangedInTheFirstTurnWithoutAShift()
    {
        var restamper = new TsRestamper();
        Assert.Equal(Stream, Stream.Select(packet => Restamped(restamper, packet)));
    }

    [Fact]
    public void EveryTimeMovesByTheShiftAndBackAgain() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var ticks = new Random(seed).NextInt64(-2 * TsClock.PtsModulus, 2 * TsClock.PtsModulus);
            var (there, back) = (new TsRestamper { ShiftTicks = ticks }, new TsRestamper { ShiftTicks = -ticks });
            foreach (var packet in Stream)
            {
                var moved = Restamped(there, packet);
                Assert.Equal(TimesOf(packet).Select(time => Moved(time, ticks)), TimesOf(moved).Select(time => time.Time));
                Assert.Equal(packet, Restamped(back, moved));
            }
            Assert.Equal((0L, 0L), (there.Malformed, there.TimesUnread));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    // p: no payload, d: discontinuity, e: transport error, n: null packet; | begins a turn.
    [Theory]
    [InlineData("5 6 7 | 5 6 7 | 5 6", "5 6 7 | 8 9 10 | 11 12")]
    [InlineData("14 15 | 14 15", "14 15 | 0 1")]
    [InlineData("5 6 6 7 | 5 6 6 7", "5 6 6 7 | 8 9 9 10")]            // a repetition stays one
    [InlineData("5 7 | 5 7", "5 7 | 8 10")]                            // so does a loss
    [InlineData("5p 6 | 5p 6", "5p 6 | 6p 7")]                         // without payload it does not count on
    [InlineData("5 6 7p | 5 6", "5 6 7p | 8 9")]
    [InlineData("5 9d 10 | 5 9d 10", "5 9d 10 | 11 15d 0")]            // an announced break stays announced
    [InlineData("5 9e 6 | 5 6", "5 9e 6 | 7 8")]                       // what a damaged packet says is not believed
    [InlineData("5 3n 6 | 3n 5", "5 3n 6 | 3n 7")]
    public void CountersGoOnAtTheSeamAndStayAsTheyWereElsewhere(string script, string expected)
    {
        var restamper = new TsRestamper();
        var steps = script.Split(' ').Select(step =>
        {
            if (step != "|")
                return Step(restamper, step);
            restamper.BeginTurn();
            return step;
        });
        Assert.Equal(expected, string.Join(' ', steps));
    }

    [Fact]
    public void WhatMayNotBeTouchedStays()
    {
        var restamper = new TsRestamper { ShiftTicks = 90_000 };
        var scrambled = (byte[])Stream.First(HasPts).Clone();
        scrambled[3] |= 0x80;
        Assert.Equal(scrambled.AsSpan(TsPacket.HeaderSize + 1 + scrambled[4]).ToArray(),
            Restamped(restamper, scrambled).AsSpan(TsPacket.HeaderSize + 1 + scrambled[4]).ToArray());
        // §2.4.3.5: the OPCR field shall not be modified by any multiplexor or decoder.
        var opcr = new byte[TsPacket.Size];
        TsPacket.WriteHeader(opcr, 256, false, hasAdaptationField: true, hasPayload: false, 0);
        TsAdaptationField.Write(opcr, 183);
        opcr[5] = 0x18;
        TsClock.WritePcr(opcr.AsSpan(6), 27_000_000);
        TsClock.WritePcr(opcr.AsSpan(12), 13_500_000);
        Assert.True(TsPacket.TryParse(Restamped(restamper, opcr), out var view));
        view.AdaptationField.TryGetOpcr(out var kept);
        view.TryGetPcr(out var moved);
        Assert.Equal((13_500_000, 54_000_000), (kept, moved));
    }

    [Theory]
    [InlineData("01" + "06" + "3F" + "2100010001")]                              // the splice alone
    [InlineData("01" + "0B" + "FF" + "8001" + "C00001" + "2100010001")]          // behind window and rate
    [InlineData("03" + "02AABB" + "06" + "3F" + "2100010001")]                   // behind private data
    [InlineData("0D" + "00000000FE00" + "05" + "06" + "3F" + "2100010001")]      // behind OPCR and countdown
    public void TheTimeOfASpliceMoves(string hex)
    {
        // The last five bytes are the splice type and DTS_next_AU 0.
        var field = Convert.FromHexString(hex);
        var packet = new byte[TsPacket.Size];
        TsPacket.WriteHeader(packet, 256, false, hasAdaptationField: true, hasPayload: false, 0);
        TsAdaptationField.Write(packet, 183);
        field.CopyTo(packet.AsSpan(5));
        var at = 5 + field.Length - 5;
        var moved = Restamped(new TsRestamper { ShiftTicks = 1 }, packet);
        Assert.Equal(Convert.FromHexString("2100010003"), moved[at..(at + 5)]);
        Assert.Equal(packet[(at + 5)..], moved[(at + 5)..]);
    }

    // §2.4.3.7: 48 bits, of which the base is 33; alone, behind a PTS, and behind PTS and DTS.
    [Theory]
    [InlineData("000001E00000" + "842006", "040004000401", "040004000C01")]
    [InlineData("000001E00000" + "84A00B" + "2100010001", "040004000401", "040004000C01")]
    [InlineData("000001E00000" + "84E010" + "3100010001" + "1100010001", "3FFFFFFFFFFF", "0400040007FF")]
    public void TheBaseOfAnEscrMoves(string before, string escr, string expected)
    {
        var (start, packet) = (Convert.FromHexString(before), new byte[TsPacket.Size]);
        TsPacket.WriteHeader(packet, 256, true, hasAdaptationField: false, hasPayload: true, 0);
        start.CopyTo(packet.AsSpan(4));
        Convert.FromHexString(escr).CopyTo(packet.AsSpan(4 + start.Length));
        var restamper = new TsRestamper { ShiftTicks = 1 };
        var moved = Restamped(restamper, packet);
        Assert.Equal(expected, Convert.ToHexString(moved, 4 + start.Length, 6));
        Assert.Equal(0, restamper.TimesUnread);
        packet[4 + start.Length] = 0;       // without its marker: counted, and the others move all the same
        Assert.Equal(0, Restamped(restamper, packet)[4 + start.Length]);
        Assert.Equal(1, restamper.TimesUnread);
    }

    [Fact]
    public void TakesAnyBytesWithoutAThrowAndTouchesNothingBehindAPacket()
    {
        var restamper = new TsRestamper { ShiftTicks = 12_345_678 };
        AnyBytes.Check(Stream, bytes =>
        {
            byte[] padded = [.. bytes, .. new byte[TsPacket.Size]];
            restamper.Restamp(padded.AsSpan(0, Math.Min(bytes.Length, TsPacket.Size)));
            Assert.Equal(0, padded[Math.Max(bytes.Length, TsPacket.Size)..].Sum(value => value));
        });
        Assert.True(restamper.Malformed > 0);
    }

    [Fact]
    public void RestampingAllocatesNothing()
    {
        var (restamper, packet) = (new TsRestamper { ShiftTicks = 1 }, Stream.First(HasPts));
        Assert.Equal(0, Allocations.Of(() =>
        {
            restamper.BeginTurn();
            restamper.Restamp(packet);
        }));
    }

    private static long Moved((char Kind, long Time) time, long ticks) => time.Kind == 'c'
        ? Modulo(time.Time + (Int128)ticks * 300, TsClock.PcrModulus) : Modulo(time.Time + (Int128)ticks, TsClock.PtsModulus);

    private static long Modulo(Int128 value, long modulus) => (long)((value % modulus + modulus) % modulus);

    private static List<(char Kind, long Time)> TimesOf(byte[] bytes)
    {
        var times = new List<(char, long)>();
        Assert.True(TsPacket.TryParse(bytes, out var packet));
        if (packet.TryGetPcr(out var pcr))
            times.Add(('c', pcr));
        if (!packet.PayloadUnitStart || !PesHeader.TryRead(packet.Payload, out var pes))
            return times;
        times.AddRange(new[] { pes.Pts90kHz, pes.Dts90kHz }.OfType<long>().Select(time => ('p', time)));
        return times;
    }

    private static bool HasPts(byte[] bytes) =>
        TsPacket.TryParse(bytes, out var packet) && packet.PayloadUnitStart && PesHeader.TryRead(packet.Payload, out var pes) && pes.Pts90kHz is not null;

    private static byte[] Restamped(TsRestamper restamper, byte[] packet)
    {
        var copy = (byte[])packet.Clone();
        Assert.True(restamper.Restamp(copy));
        return copy;
    }

    private static string Step(TsRestamper restamper, string step)
    {
        var flags = step.TrimStart("0123456789".ToCharArray());
        var bytes = new byte[TsPacket.Size];
        var counter = byte.Parse(step[..^flags.Length], System.Globalization.CultureInfo.InvariantCulture);
        TsPacket.WriteHeader(bytes, flags == "n" ? TsPacket.NullPid : (ushort)256, false, hasAdaptationField: true, flags != "p", counter);
        TsAdaptationField.Write(bytes, flags == "p" ? 183 : 1, discontinuity: flags == "d");
        bytes[1] |= (byte)(flags == "e" ? 0x80 : 0);
        Assert.True(restamper.Restamp(bytes));
        Assert.True(TsPacket.TryParse(bytes, out var packet));
        return $"{packet.ContinuityCounter}{flags}";
    }
}
