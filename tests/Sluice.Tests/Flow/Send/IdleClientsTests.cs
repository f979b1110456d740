using Sluice.Flow;

namespace Sluice.Tests.Flow.Send;

public class IdleClientsTests
{
    private const int Feeds = 3, Rows = 12;

    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void AgreesWithAQueuePerFeed(int seed)
    {
        var random = new Random(seed);
        var idle = new IdleClients(Feeds, Rows);
        var model = Enumerable.Range(0, Feeds).Select(_ => new List<int>()).ToArray();
        var (tails, seen) = (new uint[Feeds], new uint[Feeds]);
        for (var step = 0; step < 20_000; step++)
        {
            var row = random.Next(Rows);
            var feed = row % Feeds;
            switch (random.Next(4))
            {
                case 0:
                    idle.Add(feed, row);
                    if (!model[feed].Contains(row))
                        model[feed].Add(row);
                    break;
                case 1:
                    idle.Remove(feed, row);
                    model[feed].Remove(row);
                    break;
                case 2:
                    tails[feed]++;
                    break;
                default:
                    Assert.Equal(model[feed], Walk(idle, feed, tails[feed]));
                    model[feed].Clear();
                    seen[feed] = tails[feed];
                    break;
            }
            Assert.Equal(model.Sum(set => set.Count), idle.Count);
            for (var f = 0; f < Feeds; f++)
                Assert.Equal(model[f].Count > 0 && tails[f] != seen[f], idle.HasNews(f, tails[f]));
        }
    }

    private static List<int> Walk(IdleClients idle, int feed, uint tail)
    {
        var rows = new List<int>();
        for (var row = idle.TakeAll(feed, tail); row >= 0; row = idle.Follow(row))
            rows.Add(row);
        return rows;
    }
}
