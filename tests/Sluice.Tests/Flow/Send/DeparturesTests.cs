using Sluice.Flow;

namespace Sluice.Tests.Flow.Send;

public class DeparturesTests
{
    private const int TickShift = 3;
    private const long DelayNs = 1_003;

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void AreEveryTrainOnceAndInOrderAndTheLostAreCounted(int seed)
    {
        var random = new Random(seed);
        var window = new FeedWindow(1 << random.Next(3, 7));
        var readable = (int)window.TrainsReadable;
        var departures = Attached(window);
        var model = new Queue<uint>();
        long taken = 0, lostAll = 0;
        uint written = 0;
        for (var step = 0; step < 20_000; step++)
        {
            for (var burst = random.Next(4) == 0 ? random.Next(2 * readable) : 1; burst > 0 && random.Next(3) > 0; burst--)
            {
                Publish(window, written);
                model.Enqueue(written++);
            }
            var found = departures.TryPeek(window, TickShift, out var train, out var tick, out var lost);
            // A client that was lapped goes on half a lap behind the newest; one that was not loses nothing.
            Assert.Equal(model.Count > readable ? model.Count - readable / 2 : 0, lost);
            for (var i = 0; i < lost; i++)
                model.Dequeue();
            lostAll += lost;
            Assert.Equal(model.Count > 0, found);
            if (!found)
                continue;
            Assert.Equal((model.Peek(), DueTick(model.Peek())), (train, tick));
            if (random.Next(5) == 0)
                continue;       // looking twice shows the same
            departures.Take();
            model.Dequeue();
            taken++;
        }
        Assert.Equal(written, taken + lostAll + model.Count);
    }

    [Fact]
    public void ALappedClientSeesNoTornNorReorderedTrain()
    {
        const uint trains = 3_000_000;
        var window = new FeedWindow(32);
        var departures = Attached(window);
        var done = false;
        long taken = 0, lostAll = 0;
        TwoThreads.Run(
            over =>
            {
                for (uint i = 0; i < trains; i++)
                {
                    Publish(window, i);
                    if (i % 97 == 0)
                        TwoThreads.Yield(over);
                }
                Volatile.Write(ref done, true);
            },
            over =>
            {
                while (true)
                {
                    var last = Volatile.Read(ref done);
                    var found = departures.TryPeek(window, TickShift, out var train, out var tick, out var lost);
                    lostAll += lost;
                    if (!found && last)
                        return;
                    if (!found)
                    {
                        TwoThreads.Yield(over);
                        continue;
                    }
                    if (train != (uint)(taken + lostAll) || tick != DueTick(train))
                        Assert.Fail($"after {taken} taken and {lostAll} lost: train {train}, tick {tick}");
                    departures.Take();
                    taken++;
                }
            });
        Assert.Equal(trains, taken + lostAll);
        Assert.True(lostAll > 0 && taken > 0, $"no lap or no reading: {taken} taken, {lostAll} lost");
    }

    [Fact]
    public void BeginWithTheFirstTrainAfterTheFeedTookTheClientIn()
    {
        var (window, audience, client) = (new FeedWindow(16), new Audience(), new ClientAttachment());
        var departures = new Departures(client, DelayNs);
        Publish(window, 0);
        Assert.False(departures.TryPeek(window, TickShift, out _, out _, out _));
        audience.Add(client, DelayNs, window.TrainTail);
        Assert.Equal((1, DelayNs), (audience.Count, audience.DelayMaxNs));
        Assert.False(departures.TryPeek(window, TickShift, out _, out _, out _));
        Publish(window, 1);
        Assert.True(departures.TryPeek(window, TickShift, out var train, out var tick, out var lost));
        Assert.Equal((1u, DueTick(1), 0), (train, tick, lost));
    }

    [Fact]
    public void SeekNoTrainFromBeforeTheFeedTookTheClientIn()
    {
        var (window, audience, client) = (new FeedWindow(16), new Audience(), new ClientAttachment());
        var departures = new Departures(client, DelayNs);
        Assert.False(departures.TrySeek(0));
        for (uint i = 0; i < 5; i++)
            Publish(window, i);
        audience.Add(client, DelayNs, window.TrainTail);
        Assert.False(departures.TrySeek(4));
        Assert.True(departures.TrySeek(6));
        Publish(window, 5);
        Publish(window, 6);
        Assert.True(departures.TryPeek(window, TickShift, out var train, out _, out var lost));
        Assert.Equal((6u, 0), (train, lost));
    }

    [Fact]
    public void AnAudienceCountsAClientOnceHoweverOftenItComesAndGoes()
    {
        var (audience, client) = (new Audience(), new ClientAttachment());
        audience.Remove(client);
        audience.Add(client, 20, 0);
        audience.Add(client, 20, 1);
        Assert.Equal(1, audience.Count);
        audience.Remove(client);
        audience.Remove(client);
        Assert.Equal((0, 20L), (audience.Count, audience.DelayMaxNs));
    }

    private static Departures Attached(FeedWindow window)
    {
        var client = new ClientAttachment();
        new Audience().Add(client, DelayNs, window.TrainTail);
        return new Departures(client, DelayNs);
    }

    private static void Publish(FeedWindow window, uint number) => window.Publish(new Train { DeliveryNs = DeliveryNs(number) });

    private static long DeliveryNs(uint train) => train * 2_654_435_761L + 7;

    private static long DueTick(uint train) => (DeliveryNs(train) + DelayNs + (1 << TickShift) - 1) >> TickShift;
}
