using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.Loops;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.Loops;

/// <summary>
/// Loops over a stream made by hand. A script is packets: T both tables, K key picture, P picture, S start of a PES of sound in two packets, s its second one,
/// N null packet; pictures last 40 ms, sound 60 ms or as said.
/// </summary>
public class TsLoopTests
{
    private const ushort PmtPid = 4_096, VideoPid = 256, AudioPid = 257;
    private const long PictureTicks = 3_600;
    private const string Clip = "T s P K S s P N P S s P T K S";

    [Theory]
    [InlineData("T K S s P P", "TKSsPP")]
    [InlineData("T P s P K S s P P", "TKSsPP")]             // what lies before the point is left out
    [InlineData("T K s P S s P", "TKNPSsP")]                // sound that began before it as well: its place stays
    public void ATurnBeginsAtAnAccessPointWithItsTables(string script, string expected) => Assert.Equal(expected, Kinds(Turn(new TsLoop(), script)));

    [Theory]
    [InlineData("T K S s P P | K S s P", "TKSsPP")]
    [InlineData("T K P S P | K s S s", "TKPSPs")]           // sound that is not whole is brought to its end
    [InlineData("T K P S P | K P N T s P S s", "TKPSPs")]   // and nothing else that comes before that
    public void ItEndsRightBeforeAnother(string script, string expected)
    {
        var loop = new TsLoop();
        Assert.Equal(expected, Kinds(Turn(loop, script)));
        Assert.Equal(TsLoopPhase.Over, loop.Phase);
    }

    [Fact]
    public void EveryStreamGoesOnAtTheSeamForManyTurns()
    {
        var (loop, continuity, last) = (new TsLoop(), new TsContinuity(), new Dictionary<ushort, long>());
        for (var turn = 0; turn < 50; turn++)
        {
            foreach (var bytes in Turn(loop, Clip + " s | K"))
            {
                Assert.True(TsPacket.TryParse(bytes, out var packet));
                Assert.NotEqual(TsContinuityVerdict.Error, continuity.Receive(packet));
                if (!packet.PayloadUnitStart || !PesHeader.TryRead(packet.Payload, out var pes))
                    continue;
                if (last.TryGetValue(packet.Pid, out var before))
                    Assert.InRange(TsClock.PtsDistance(before, pes.Pts90kHz!.Value), 1, 3 * PictureTicks);
                last[packet.Pid] = pes.Pts90kHz!.Value;
            }
            loop.EndTurn();
        }
        Assert.Equal(50, loop.Turns);
        Assert.Equal(2, last.Count);
    }

    [Fact]
    public void TimesWrapInTheMiddleOfATurnAndAtTheSeam()
    {
        foreach (var first in new[] { -1, 0, -PictureTicks, -2 * PictureTicks, -4 * PictureTicks })
        {
            var loop = new TsLoop();
            Turn(loop, "T K P P P | K", firstTicks: TsClock.PtsModulus + first);
            Assert.Equal(4 * PictureTicks, loop.EndTurn());
            var next = Turn(loop, "T K P P P | K", firstTicks: TsClock.PtsModulus + first);
            Assert.Equal((TsClock.PtsModulus + first + 4 * PictureTicks) % TsClock.PtsModulus, TimeOf(next.First(packet => PidOf(packet) == VideoPid)));
        }
    }

    // Four pictures are 160 ms; sound of 60 ms a PES ends 20 ms, 80 ms behind them.
    [Theory]
    [InlineData("T K S s P S s P S s P | K S", 60, 5, 0)]       // 180 ms of sound: the seam gets a picture's length longer
    [InlineData("T K S s P S s P S s P | K S", 80, 4, 1)]       // 240 ms: the next turn begins without the PES that overlaps
    [InlineData("T K S s P S s P S s P | K S", 40, 4, 0)]       // 120 ms: a gap is allowed
    public void SoundNeverOverlaps(string script, int soundMs, int pictures, int leftOut)
    {
        var loop = new TsLoop();
        Turn(loop, script, soundTicks: soundMs * 90);
        Assert.Equal(pictures * PictureTicks, loop.EndTurn());
        Assert.Equal((pictures - 4) * PictureTicks, loop.StretchedTicks);
        Turn(loop, script, soundTicks: soundMs * 90);
        Assert.Equal(leftOut, loop.Overlapping);
    }

    [Theory]
    [InlineData("T K P P P P", 5)]              // no picture is seen behind the last: it lasts as long as the one before
    [InlineData("T K S s P S s P P P", 5)]
    [InlineData("T S s S s S s", 0)]            // no picture at all
    public void WhereTheContentEndsTheLastPictureHasItsLength(string script, int pictures)
    {
        var loop = new TsLoop();
        Turn(loop, script);
        Assert.Equal(pictures * PictureTicks, loop.EndTurn());
    }

    [Fact]
    public void TakesAnyBytesWithoutAThrow()
    {
        var examples = Packets(Clip, 0, 60 * 90).ToArray();
        var (loop, random) = (new TsLoop(), new Random(1));
        loop.BeginTurn();
        AnyBytes.Check(examples, bytes =>
        {
            var kept = loop.Take(bytes, mayBegin: true, mayEnd: random.Next(20) == 0);
            Assert.InRange(kept, 0, bytes.Length / TsPacket.Size * TsPacket.Size);
            if (loop.Phase != TsLoopPhase.Over && random.Next(50) > 0)
                return;
            Assert.InRange(loop.EndTurn(), 0, TsClock.PtsModulus);
            loop.BeginTurn();
        });
        Assert.True(loop.Turns > 10);
    }

    [Fact]
    public void TurnsAllocateNothing()
    {
        var (loop, packets, copy) = (new TsLoop(), Packets(Clip, 0, 60 * 90).ToArray(), new byte[TsPacket.Size]);
        Assert.Equal(0, Allocations.Of(() =>
        {
            loop.BeginTurn();
            foreach (var packet in packets)
            {
                packet.CopyTo(copy, 0);
                loop.Take(copy, mayBegin: true, mayEnd: false);
            }
            loop.EndTurn();
        }));
    }

    // One turn: what stands behind | may end it. The packets that are to be sent, the tables first.
    private static List<byte[]> Turn(TsLoop loop, string script, long firstTicks = 900_000, long soundTicks = 60 * 90)
    {
        var (sent, end) = (new List<byte[]>(), script.IndexOf('|', StringComparison.Ordinal));
        var before = end < 0 ? int.MaxValue : Packets(script[..end], 0, 0).Count();
        var at = 0;
        loop.BeginTurn();
        foreach (var packet in Packets(script.Replace("|", "", StringComparison.Ordinal), firstTicks, soundTicks))
        {
            var wasLead = loop.Phase == TsLoopPhase.Lead;
            var kept = loop.Take(packet, mayBegin: true, mayEnd: at++ >= before);
            if (wasLead && loop.Phase == TsLoopPhase.Turn)
                sent.AddRange(loop.Tables.ToArray().Chunk(TsPacket.Size));
            if (kept > 0)
                sent.Add(packet[..kept]);
        }
        return sent;
    }

    private static IEnumerable<byte[]> Packets(string script, long firstTicks, long soundTicks)
    {
        var (counters, video, audio) = (new Dictionary<ushort, byte>(), firstTicks, firstTicks);
        foreach (var kind in script.Where(kind => kind != ' '))
        {
            switch (kind)
            {
                case 'T':
                    yield return TsPackets.Pat(PmtPid, Next(TsPacket.PatPid));
                    yield return TsPackets.Pmt(PmtPid, [(TsStreamTypes.H264, VideoPid), (TsStreamTypes.AacAdts, AudioPid)], counter: Next(PmtPid));
                    break;
                case 'N':
                    var nothing = new byte[TsPacket.Size];
                    TsPacket.WriteNull(nothing);
                    yield return nothing;
                    break;
                case 's':
                    yield return TsPackets.Media(AudioPid, start: false, indicator: false, new byte[100], Next(AudioPid));
                    break;
                default:
                    var isSound = kind == 'S';
                    var ticks = (isSound ? audio : video) & (TsClock.PtsModulus - 1);
                    (audio, video) = isSound ? (audio + soundTicks, video) : (audio, video + PictureTicks);
                    var pid = isSound ? AudioPid : VideoPid;
                    yield return TsPackets.Media(pid, start: true, kind == 'K', Pes(isSound, ticks), Next(pid));
                    break;
            }
        }

        byte Next(ushort pid) => counters[pid] = (byte)((counters.GetValueOrDefault(pid) + 1) & 15);
    }

    // Sound says how long it is: 100 bytes here, 100 in the next packet. Pictures do not.
    private static byte[] Pes(bool isSound, long ticks)
    {
        var bytes = new byte[100];
        var length = isSound ? 2 * bytes.Length - 6 : 0;
        new PesHeader(isSound ? PesHeader.AudioStreamId : PesHeader.VideoStreamId, (ushort)length, 0, ticks, null).Write(bytes);
        return bytes;
    }

    private static string Kinds(List<byte[]> packets) => string.Concat(packets.Select(KindOf));

    private static string KindOf(byte[] bytes)
    {
        Assert.True(TsPacket.TryParse(bytes, out var packet));
        return packet.Pid switch
        {
            TsPacket.PatPid => "T",
            PmtPid => "",
            VideoPid => packet.AdaptationField.RandomAccess ? "K" : "P",
            AudioPid => packet.PayloadUnitStart ? "S" : "s",
            _ => "N",
        };
    }

    private static ushort PidOf(byte[] bytes) => (ushort)((bytes[1] & 0x1f) << 8 | bytes[2]);

    private static long TimeOf(byte[] bytes)
    {
        Assert.True(TsPacket.TryParse(bytes, out var packet) && PesHeader.TryRead(packet.Payload, out _));
        return PesHeader.TryRead(packet.Payload, out var pes) ? pes.Pts90kHz!.Value : -1;
    }
}
