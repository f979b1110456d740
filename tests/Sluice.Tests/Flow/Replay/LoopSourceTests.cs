using Sluice.Flow;
using Sluice.Wire.RandomAccess;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Loops of content of one codec a packet: what numbers and times come out at the seam.</summary>
public class LoopSourceTests
{
    private const long FrameNs = 40_000_000;
    private const uint FrameTicks = 3_600;

    [Theory, InlineData(1), InlineData(3), InlineData(20)]
    public void SaysItsTurnsAndThenEnds(int turns)
    {
        var loop = Loop(turns, Frames(25));
        var sent = Drain(loop);
        Assert.Equal(25 * turns, sent.Count(packet => packet.Kind == 'I' || packet.Kind == 'P'));
        Assert.Equal((turns, (string?)null), ((int)loop.Progress.Turn, loop.Progress.Fault));
        Assert.Equal(ReplayStatus.Ended, loop.TryNext(out _, out _));
    }

    [Fact]
    public void SequenceTimestampAndTimeGoOnOverTheSeam()
    {
        var sent = Drain(Loop(20, Frames(25)));
        for (var i = 1; i < sent.Count; i++)
        {
            var isFrame = sent[i].Kind is 'P' or 'S';
            Assert.Equal(sent[i - 1].Packet.Sequence + 1, sent[i].Packet.Sequence);
            Assert.Equal(isFrame ? FrameTicks : 0, sent[i].Packet.RtpTimestamp - sent[i - 1].Packet.RtpTimestamp);
            Assert.Equal(isFrame ? FrameNs : 0, sent[i].Packet.MediaNs - sent[i - 1].Packet.MediaNs);
            Assert.False(sent[i].Packet.IsBreak);
        }
    }

    [Theory]
    [InlineData(0, long.MaxValue, "SIPPP SIPPP SIPP")]
    [InlineData(1, long.MaxValue, "SIPPP SIPP")]       // rounded up to the next access point
    [InlineData(0, 4, "SIPPP")]
    [InlineData(0, 5, "SIPPP SIPPP")]
    [InlineData(3, 7, "SIPPP")]
    public void ItIsCutBeforeTheParametersOfAnAccessPoint(long from, long to, string expected)
    {
        var frames = Frames(11, groupOf: 4);
        var loop = new LoopSource(() => new Content(frames), Plan(2) with
        {
            BeginNs = from * FrameNs, EndNs = to == long.MaxValue ? to : to * FrameNs,
        });
        var kinds = string.Concat(Drain(loop).Select(packet => packet.Kind));
        expected = expected.Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(expected + expected, kinds);
    }

    [Fact]
    public void HolesOfTheContentStayHoles()
    {
        var frames = Frames(25);
        frames.RemoveAt(7);
        frames.RemoveAt(7);
        var sent = Drain(Loop(2, frames));
        var steps = sent.Zip(sent.Skip(1), (a, b) => b.Packet.Sequence - a.Packet.Sequence).ToList();
        Assert.Equal((2, 2), (steps.Count(step => step == 3), steps.Count(step => step != 1)));
    }

    [Fact]
    public void WhatHasNoAccessPointIsRefusedWithASentence()
    {
        var loop = Loop(0, [.. Frames(25).Where(packet => packet.Kind == 'P')]);
        Assert.Empty(Drain(loop));
        Assert.Equal("there is no random access point in what it repeats", loop.Progress.Fault);
    }

    [Fact]
    public void WhatIsTooShortIsNotReadWithoutEnd()
    {
        var loop = Loop(0, Frames(1));
        Assert.Equal(2, Drain(loop).Count);
        Assert.Contains("shorter than 100 ms", loop.Progress.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ContentThatIsGoneEndsIt()
    {
        var opened = 0;
        var frames = Frames(25);
        var loop = new LoopSource(() => opened++ < 2 ? new Content(frames) : null, Plan(0));
        Assert.Equal(2 * frames.Count, Drain(loop).Count);
        Assert.Equal("what it repeats is gone", loop.Progress.Fault);
    }

    [Fact]
    public void WaitsWithContentThatWaits()
    {
        var content = new Content(Frames(25)) { WaitsAt = 10 };
        var loop = new LoopSource(() => content, Plan(1));
        Assert.Equal(10, Drain(loop).Count);
        Assert.Equal(ReplayStatus.Waiting, loop.TryNext(out _, out _));
        content.WaitsAt = -1;
        Assert.Equal(16, Drain(loop).Count);
        Assert.Equal(ReplayStatus.Ended, loop.TryNext(out _, out _));
    }

    // 25 hours of turns: RTP timestamps have wrapped, and nothing has drifted.
    [Fact]
    public void NothingDriftsOverADay()
    {
        const int Turns = 90_000;
        var frames = Frames(25);
        var loop = Loop(Turns, frames);
        ReplayPacket last = default, first = default;
        for (long i = 0; loop.TryNext(out var packet, out _) == ReplayStatus.Packet; i++)
            (first, last) = (i == 0 ? packet : first, packet);
        Assert.Equal(Turns * 25L * FrameNs - FrameNs, last.MediaNs - first.MediaNs);
        Assert.Equal(unchecked((uint)(Turns * 25L * FrameTicks - FrameTicks)), last.RtpTimestamp - first.RtpTimestamp);
        Assert.Equal((ulong)(Turns * (long)frames.Count - 1), last.Sequence - first.Sequence);
    }

    private static LoopPlan Plan(long turns) => new() { Turns = turns, Codec = AccessCodec.H264, ClockRate = 90_000 };

    private static LoopSource Loop(long turns, List<(char, ReplayPacket)> frames) => new(() => new Content(frames), Plan(turns));

    private static List<(char Kind, ReplayPacket Packet)> Drain(LoopSource loop)
    {
        var sent = new List<(char, ReplayPacket)>();
        while (loop.TryNext(out var packet, out var payload) == ReplayStatus.Packet)
            sent.Add((KindOf(payload[0]), packet));
        return sent;
    }

    // S: parameter set, I: key picture, P: another. Sequence and time begin anywhere.
    private static List<(char Kind, ReplayPacket Packet)> Frames(int count, int groupOf = 25)
    {
        var frames = new List<(char, ReplayPacket)>();
        for (var i = 0; i < count; i++)
        {
            if (i % groupOf == 0)
                Add('S', i);
            Add(i % groupOf == 0 ? 'I' : 'P', i);
        }
        return frames;

        void Add(char kind, int frame) => frames.Add((kind, new ReplayPacket(
            frame * FrameNs, 7_000 + (ulong)frames.Count, 4_294_900_000 + (uint)frame * FrameTicks, 0x60, IsBreak: frames.Count == 0)));
    }

    private static byte HeadOf(char kind) => kind switch { 'S' => 0x67, 'I' => 0x65, _ => 0x41 };
    private static char KindOf(byte head) => head switch { 0x67 => 'S', 0x65 => 'I', _ => 'P' };

    private sealed class Content(List<(char Kind, ReplayPacket Packet)> frames) : ReplaySource
    {
        private int _next;

        public int WaitsAt { get; set; } = -1;

        public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
        {
            packet = default;
            payload = default;
            if (_next == WaitsAt)
                return ReplayStatus.Waiting;
            if (_next == frames.Count)
                return ReplayStatus.Ended;
            packet = frames[_next].Packet;
            payload = new byte[] { HeadOf(frames[_next++].Kind), 0x88, 0 };
            return ReplayStatus.Packet;
        }
    }
}
