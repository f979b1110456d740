using Sluice.Flow;

namespace Sluice.Tests.Flow.Stamp;

public class TrainBuilderTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void MessageBreaksAreThoseOfUdpSegment(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            var builder = new TrainBuilder(1_000_000, 16);
            var lengths = Enumerable.Range(0, random.Next(1, 17)).Select(_ => (Body: Length(random), Payload: Length(random))).ToArray();
            foreach (var (body, payload) in lengths)
                builder.Add(new FeedPacket { BodyLength = (ushort)body, PayloadLength = (ushort)payload }, 0, 0);
            var train = builder.Close();
            Assert.Equal(lengths.Length, train.Count);
            Check([.. lengths.Select(length => length.Body)], train.RtpBreaks, headerBytes: 12);
            Check([.. lengths.Select(length => length.Payload)], train.RawBreaks, headerBytes: 0);
        }
    }

    [Theory, InlineData(16), InlineData(4), InlineData(1)]
    public void TrainsOfAConstantRateLeaveAtConstantDistance(int packetsMax)
    {
        const long intervalNs = 2_000_000;
        var trains = Build(quantumNs: 9_000_000, packetsMax, Enumerable.Range(0, 1_000).Select(i => i * intervalNs));
        var counts = trains.SkipLast(1).Select(train => (int)train.Count).Distinct();
        Assert.Equal(Math.Min(5, packetsMax), Assert.Single(counts));
        var distances = trains.SkipLast(1).Zip(trains.Skip(1).SkipLast(1), (one, two) => two.DeliveryNs - one.DeliveryNs).Distinct();
        Assert.Equal(Math.Min(5, packetsMax) * intervalNs, Assert.Single(distances));
    }

    [Fact]
    public void AQuantumOfNothingSendsEveryPacketAtItsTime()
    {
        var times = Enumerable.Range(0, 50).Select(i => (long)(i / 3)).ToArray();
        var trains = Build(quantumNs: 0, 16, times);
        Assert.All(trains, train => Assert.Equal(1, train.Count));
        Assert.Equal(times, trains.Select(train => train.DeliveryNs));
    }

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void NoPacketLeavesBeforeItsTimeNorMoreThanAQuantumAfter(int seed)
    {
        var random = new Random(seed);
        long at = 0;
        var times = Enumerable.Range(0, 5_000).Select(_ => at += random.Next(4) == 0 ? random.Next(9_000) : random.Next(300)).ToArray();
        var (packet, last) = (0, long.MinValue);
        foreach (var train in Build(3_000, 16, times))
        {
            Assert.Equal((uint)packet, train.FirstPacket);
            Assert.True(train.DeliveryNs >= last, "trains leave in order");
            last = train.DeliveryNs;
            for (var i = 0; i < train.Count; i++)
                Assert.InRange(train.DeliveryNs - times[packet++], 0, 3_000);
        }
        Assert.Equal(times.Length, packet);
    }

    private static List<Train> Build(long quantumNs, int packetsMax, IEnumerable<long> times)
    {
        var builder = new TrainBuilder(quantumNs, packetsMax);
        var trains = new List<Train>();
        uint number = 0;
        foreach (var at in times)
        {
            if (builder.MustCloseBefore(at))
                trains.Add(builder.Close());
            builder.Add(new FeedPacket { BodyLength = 1_316, PayloadLength = 1_316 }, number++, at);
            if (builder.IsFull)
                trains.Add(builder.Close());
        }
        if (builder.IsOpen)
            trains.Add(builder.Close());
        return trains;
    }

    private static int Length(Random random) => random.Next(4) switch
    {
        0 => 188 * random.Next(8),
        1 => random.Next(3),
        _ => 1_316,
    };

    // udp(7): UDP_SEGMENT cuts the message every so many bytes, so only the last datagram may be shorter, and none may be empty.
    private static void Check(int[] lengths, int breaks, int headerBytes)
    {
        var messages = new List<List<int>>();
        for (var i = 0; i < lengths.Length; i++)
        {
            if ((breaks >> i & 1) != 0)
                messages.Add([]);
            messages[^1].Add(lengths[i] + headerBytes);
        }
        foreach (var message in messages)
            Assert.Equal(message, CutByKernel(message.Sum(), message[0]));
        // And no message ends before it must.
        foreach (var (one, two) in messages.Zip(messages.Skip(1)))
            Assert.NotEqual(one.Append(two[0]), two[0] == 0 || one[0] == 0 ? [] : CutByKernel(one.Sum() + two[0], one[0]));
    }

    private static List<int> CutByKernel(int bytes, int segment)
    {
        var cut = new List<int>();
        for (var rest = bytes; rest > 0 && segment > 0; rest -= segment)
            cut.Add(Math.Min(rest, segment));
        return cut.Count > 0 ? cut : [0];       // one empty datagram
    }
}
