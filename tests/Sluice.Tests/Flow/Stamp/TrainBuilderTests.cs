using Sluice.Flow;

namespace Sluice.Tests.Flow.Stamp;

public class TrainBuilderTests
{
    private const long QuantumNs = 10_000_000;

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

    [Theory, InlineData(2_000_000), InlineData(2_105_263), InlineData(700_001)]
    public void TrainsLeaveAtTheLinesOfTheGridWhateverTheRate(long intervalNs)
    {
        var trains = Build(QuantumNs, 16, Enumerable.Range(0, 1_000).Select(i => 123 + i * intervalNs), gridNs: 77);
        Assert.All(trains, train => Assert.Equal(77, train.DeliveryNs % QuantumNs));
        Assert.All(trains.Zip(trains.Skip(1)), pair => Assert.Equal(QuantumNs, pair.Second.DeliveryNs - pair.First.DeliveryNs));
        Assert.True(trains.SkipLast(1).Skip(1).Max(train => train.Count) - trains.SkipLast(1).Skip(1).Min(train => train.Count) <= 1);
    }

    [Fact]
    public void AFullTrainLeavesAtOnceTheNextASixteenthOfTheQuantumAfterItAndTheRestAtTheLine()
    {
        var trains = Build(QuantumNs, 16, Enumerable.Repeat(5L, 40));
        Assert.Equal([(16, 5L), (16, 5L + QuantumNs / 16), (8, QuantumNs)], trains.Select(train => ((int)train.Count, train.DeliveryNs)));
    }

    [Fact]
    public void ABurstThatIsTooLongToBeSpacedEndsAQuantumAfterIt()
    {
        var trains = Build(QuantumNs, 4, Enumerable.Repeat(5L, 4 * 40));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => 5L + Math.Min(i * (QuantumNs / 16), QuantumNs)), trains.Select(train => train.DeliveryNs));
    }

    [Fact]
    public void APacketOnTheLineLeavesAtItsTime() => Assert.Equal(QuantumNs, Assert.Single(Build(QuantumNs, 16, [QuantumNs])).DeliveryNs);

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

    private static List<Train> Build(long quantumNs, int packetsMax, IEnumerable<long> times, long gridNs = 0)
    {
        var builder = new TrainBuilder(quantumNs, packetsMax, gridNs);
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
