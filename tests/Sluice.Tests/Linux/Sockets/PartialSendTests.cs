using System.Net;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>One destination that the kernel refuses costs nobody else a datagram, wherever in the batch it stands.</summary>
public sealed class PartialSendTests : IDisposable
{
    private const int Messages = 32;
    private readonly NativeBuffer _payload = new(70_000, prefault: true);
    private readonly DatagramSocket _receiver = Loopback.Receiver();
    private readonly DatagramSocket _sender = Loopback.Sender();
    private readonly SendBatch _batch = new(Messages, Messages * 2);

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var bad in new[] { "port 0", "IPv6 on IPv4", "broadcast", "oversize" })
            foreach (var index in new[] { 0, Messages / 2, Messages - 1 }) cases.Add(bad, index);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void GoodOnesArriveExactlyOnceAroundOneBad(string bad, int index)
    {
        for (var m = 0; m < Messages; m++) Add(m, m == index ? bad : null);
        var refused = SendAll();
        Assert.Equal([(index, Expected(bad))], refused);
        Assert.Equal(Enumerable.Range(0, Messages).Where(m => m != index), Arrived(Messages - 1));
    }

    [Fact]
    public void GoodOnesArriveExactlyOnceAmongManyBad()
    {
        var bad = new[] { "port 0", "IPv6 on IPv4", null, "broadcast", "oversize", null, null };
        for (var m = 0; m < Messages; m++) Add(m, bad[m % bad.Length]);
        var refused = SendAll();
        var indices = Enumerable.Range(0, Messages).ToList();
        Assert.Equal(indices.Where(m => bad[m % bad.Length] != null).Select(m => (m, Expected(bad[m % bad.Length]!))), refused);
        var good = indices.Where(m => bad[m % bad.Length] == null).ToList();
        Assert.Equal(good, Arrived(good.Count));
    }

    public void Dispose()
    {
        _batch.Dispose();
        _sender.Dispose();
        _receiver.Dispose();
        _payload.Dispose();
    }

    /// <summary>The loop that a caller of SendBatch writes: message first + n is the suspect; classify it, go on behind it.</summary>
    private List<(int Message, int Errno)> SendAll()
    {
        var refused = new List<(int, int)>();
        for (var first = 0; first < _batch.MessageCount;)
        {
            var result = _sender.SendBatch(_batch, first);
            if (result > 0)
            {
                first += result;
                continue;
            }
            Assert.NotEqual(0, result);
            refused.Add((first++, -result));
        }
        return refused;
    }

    private void Add(int m, string? bad)
    {
        var good = Loopback.To(_receiver);
        var to = bad switch
        {
            "port 0" => good.WithPort(0),
            "IPv6 on IPv4" => DatagramAddress.From(IPAddress.IPv6Loopback, 5004),
            "broadcast" => DatagramAddress.From(IPAddress.Broadcast, 5004),
            _ => good,
        };
        _batch.BeginMessage(to, 0);
        _batch.AddPacket(4, _payload.Address, bad == "oversize" ? 66_000 : 100)[0] = (byte)m;
    }

    private static int Expected(string bad) => bad switch
    {
        "port 0" => Errno.EINVAL,
        "IPv6 on IPv4" => Errno.EAFNOSUPPORT,
        "broadcast" => Errno.EACCES,
        _ => Errno.EMSGSIZE,
    };

    private IEnumerable<int> Arrived(int count) => Loopback.Receive(_receiver, count).Select(bytes => (int)bytes[0]);
}
