using Sluice.Flow;

namespace Sluice.Tests.Flow.Stamp;

public class FeedWindowTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void ReleasesWholeTrainsInOrder(int seed)
    {
        const int capacity = 64;
        var random = new Random(seed);
        var window = new FeedWindow(capacity);
        var trains = new Queue<(long DeliveryNs, int[] Slots)>();
        var (slot, held, number) = (0, 0, 0u);
        for (var step = 0; step < 10_000; step++)
        {
            var count = random.Next(1, 17);
            if (random.Next(2) == 0 && held + count <= capacity)
            {
                var train = new Train { DeliveryNs = step, FirstPacket = window.PacketTail, Count = (ushort)count };
                for (var i = 0; i < count; i++)
                    window.Append(new FeedPacket { Slot = slot + i });
                Assert.Equal(number, window.TrainTail);
                window.Publish(in train);
                Assert.Equal(step, window.Train(number++).DeliveryNs);
                Assert.Equal(slot + count - 1, window.Packet(window.PacketTail - 1).Slot);
                trains.Enqueue((step, [.. Enumerable.Range(slot, count)]));
                slot += count;
                held += count;
            }
            else if (trains.TryDequeue(out var oldest))
            {
                Assert.True(window.TryPeekOldest(out var deliveryNs));
                Assert.Equal(oldest.DeliveryNs, deliveryNs);
                Assert.Equal(oldest.Slots, ReleaseOne(window));
                held -= oldest.Slots.Length;
            }
            Assert.Equal(trains.Count > 0, window.TryPeekOldest(out _));
            Assert.Equal(held == capacity, window.IsFull);
        }
    }

    private static List<int> ReleaseOne(FeedWindow window)
    {
        var slots = new List<int>();
        while (window.TryRelease(out var slot))
            slots.Add(slot);
        return slots;
    }
}
