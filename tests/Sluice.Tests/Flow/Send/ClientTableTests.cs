using Sluice.Flow;

namespace Sluice.Tests.Flow.Send;

public class ClientTableTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void FollowsEveryClientThroughItsLife(int seed)
    {
        var random = new Random(seed);
        var table = new ClientTable(16);
        var model = new Dictionary<int, (ClientState State, ClientSpec Spec)>();
        for (var step = 0; step < 5_000; step++)
        {
            var row = random.Next(table.Capacity);
            switch (random.Next(3))
            {
                case 0:
                    var spec = new ClientSpec { Kind = (ClientKind)random.Next(3), Feed = random.Next(5), DelayNs = 0, Ssrc = (uint)step };
                    table.Play(row, spec, new ClientAttachment(), 1, 2);
                    model[row] = (ClientState.Playing, spec);
                    break;
                case 1:
                    table.Pause(row);
                    if (model.TryGetValue(row, out var known))
                        model[row] = (ClientState.Paused, known.Spec);
                    break;
                default:
                    table.Remove(row);
                    model.Remove(row);
                    break;
            }
            Compare(table, model);
        }
    }

    [Fact]
    public void TheFirstPacketCarriesWhatWasPromisedAndTheRestFollowTheFeed()
    {
        var table = new ClientTable(1);
        var spec = new ClientSpec { Kind = ClientKind.RtpOverUdp, Feed = 0, DelayNs = 0 };
        table.Play(0, spec, new ClientAttachment(), firstSequence: 65_535, firstTimestamp: 10);
        Assert.True(table[0].IsFirst);
        table[0].FixOffsets(new FeedPacket { Sequence = 70_000, RtpTimestamp = 0xFFFF_FFF0 });
        Assert.False(table[0].IsFirst);
        Assert.Equal(65_535, (ushort)(70_000 + table[0].SequenceOffset));
        Assert.Equal(0, (ushort)(70_001 + table[0].SequenceOffset));
        Assert.Equal(10u, 0xFFFF_FFF0 + table[0].TimestampOffset);
    }

    private static void Compare(ClientTable table, Dictionary<int, (ClientState State, ClientSpec Spec)> model)
    {
        Assert.Equal(model.Count, table.Count);
        for (var row = 0; row < table.Capacity; row++)
        {
            var isKnown = model.TryGetValue(row, out var known);
            Assert.Equal(isKnown ? known.State : ClientState.Free, table[row].State);
            Assert.Same(isKnown ? known.Spec : null, table[row].Spec);
            if (isKnown)
                Assert.Equal((known.Spec.Kind, known.Spec.Feed, known.Spec.Ssrc), (table[row].Kind, table[row].Feed, table[row].Ssrc));
        }
    }
}
