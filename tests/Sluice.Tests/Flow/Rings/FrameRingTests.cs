using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class FrameRingTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void TakesWholeFramesOrNothing(int seed)
    {
        var random = new Random(seed);
        var ring = new FrameRing(256);
        var model = new Queue<byte>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var (prefix, header, body) = (Bytes(random, 4), Bytes(random, 12), Bytes(random, 300));
                var length = prefix.Length + header.Length + body.Length;
                var fits = model.Count + length <= 256;
                Assert.Equal(fits, ring.HasRoomFor(length));
                Assert.Equal(fits, ring.TryWrite(prefix, header, body));
                if (fits)
                    foreach (var one in (byte[])[.. prefix, .. header, .. body])
                        model.Enqueue(one);
            }
            else
            {
                var waiting = ring.Peek();
                Assert.Equal(model.Count == 0, waiting.IsEmpty);
                var taken = random.Next(waiting.Length + 1);
                foreach (var one in waiting[..taken])
                    Assert.Equal(model.Dequeue(), one);
                ring.Advance(taken);
            }
            Assert.Equal(model.Count, ring.Count);
        }
    }

    [Fact]
    public void CopiesAcrossItsEndAndLeavesTheBytesThere()
    {
        var ring = new FrameRing(8);
        ring.TryWrite([1, 2, 3, 4, 5, 6], default, default);
        ring.Advance(6);
        ring.TryWrite([1, 2, 3, 4, 5, 6], default, default);
        var copy = new byte[4];
        Assert.True(ring.TryCopy(copy, skip: 1));
        Assert.Equal([2, 3, 4, 5], copy);
        Assert.False(ring.TryCopy(copy, skip: 3));
        Assert.Equal(6, ring.Count);
    }

    [Fact]
    public void CarriesWholeFramesFromThreadToThread()
    {
        const int frames = 200_000;
        var ring = new FrameRing(1024);
        TwoThreads.Run(
            over =>
            {
                var body = new byte[250];
                for (var i = 0; i < frames; i++)
                {
                    var length = 1 + i * 37 % body.Length;
                    body.AsSpan(0, length).Fill((byte)i);
                    while (!ring.TryWrite([(byte)length], [(byte)i], body.AsSpan(0, length)))
                        TwoThreads.Yield(over);
                }
            },
            over =>
            {
                var stream = new ByteReader(ring);
                for (var i = 0; i < frames; i++)
                {
                    var length = stream.Next(over);
                    if (length != 1 + i * 37 % 250)
                        Assert.Fail($"frame {i} has a length of {length}");
                    for (var at = 0; at < 1 + length; at++)
                        if (stream.Next(over) != (byte)i)
                            Assert.Fail($"frame {i} is torn at {at}");
                }
                stream.Release();
            });
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void WhatIsCutIsThrownAwayAndWhatComesLaterIsNot()
    {
        var ring = new FrameRing(16);
        Assert.True(ring.TryWrite("0123456789"u8, default, default));
        Assert.False(ring.IsCut);
        ring.Advance(3);
        ring.Cut();
        Assert.True(ring.IsCut);

        Assert.Equal(7, ring.DiscardCut());

        Assert.Equal((false, 0, 0), (ring.IsCut, ring.Count, ring.DiscardCut()));
        Assert.True(ring.TryWrite("abc"u8, default, default));
        Assert.Equal(0, ring.DiscardCut());
        Assert.Equal("abc"u8.ToArray(), ring.Peek().ToArray());
    }

    [Fact]
    public void AReaderThatTookEverythingItselfHasCarriedOutTheCut()
    {
        var ring = new FrameRing(16);
        ring.TryWrite("0123"u8, default, default);
        ring.Cut();
        ring.Advance(4);
        Assert.Equal((false, 0), (ring.IsCut, ring.DiscardCut()));
    }

    [Fact]
    public void ItsBytesAreLentOutAgainWhenTheLastHolderHasLetGo()
    {
        const int bytes = 8_192;          // a size that no other test takes
        var ring = new FrameRing(bytes);
        ring.Hold();
        ring.TryWrite("old"u8, default, default);
        ring.LetGo();
        var meanwhile = new FrameRing(bytes);
        meanwhile.TryWrite("else"u8, default, default);
        Assert.Equal("old"u8.ToArray(), ring.Peek().ToArray());

        ring.LetGo();

        var next = new FrameRing(bytes);
        Assert.Equal((0, true), (next.Count, next.Peek().IsEmpty));
        next.TryWrite("new"u8, default, default);
        Assert.Equal("new"u8.ToArray(), ring.Peek().ToArray());       // the same place
        Assert.Equal("else"u8.ToArray(), meanwhile.Peek().ToArray());
    }

    [Fact]
    public void GivesThePagesBackThatItWroteTo()
    {
        const int bytes = 4 << 20;
        var ring = new FrameRing(bytes);
        ring.TryWrite(new byte[bytes - 1], default, default);
        var before = ResidentBytes();
        ring.LetGo();
        Assert.InRange(before - ResidentBytes(), bytes / 2, long.MaxValue);
    }

    [Fact]
    public void RefusesACapacityThatIsNoPowerOfTwo() => Assert.Throws<ArgumentException>(() => new FrameRing(1000));

    private static long ResidentBytes() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)
        * Environment.SystemPageSize;

    private static byte[] Bytes(Random random, int max)
    {
        var bytes = new byte[random.Next(max + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    private sealed class ByteReader(FrameRing ring)
    {
        private int _waiting, _at;

        public byte Next(CancellationToken over)
        {
            while (_at == _waiting)
            {
                ring.Advance(_at);
                (_waiting, _at) = (ring.Peek().Length, 0);
                if (_waiting == 0)
                    TwoThreads.Yield(over);
            }
            return ring.Peek()[_at++];
        }

        public void Release() => ring.Advance(_at);
    }
}
