using System.Net;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Tests.Flow.Send;

/// <summary>The error table of one sendmmsg, message by message.</summary>
public sealed class EgressFlushTests : IDisposable
{
    private const long BoundNs = 20_000_000;
    private const int Messages = 8;

    private readonly FakeWire _wire = new();
    private readonly SendCounters _counters = new();
    private readonly NativeBuffer _payload = new(4096, prefault: true);
    private readonly Egress<FakeSocket> _egress;
    private readonly EgressFlush<FakeSocket> _flush;
    private readonly ClientProgress[] _owners = [.. Enumerable.Range(0, Messages).Select(_ => new ClientProgress { Departures = new BurstMeter() })];

    public EgressFlushTests()
    {
        _egress = new Egress<FakeSocket>(_wire.Socket, null, segmentation: true, new EngineLimits());
        _flush = new EgressFlush<FakeSocket>(_counters, BoundNs);
    }

    public void Dispose()
    {
        _egress.Dispose();
        _payload.Dispose();
    }

    public static TheoryData<int, int, string> BadDestinations
    {
        get
        {
            var cases = new TheoryData<int, int, string>();
            foreach (var at in (int[])[0, 4, 7])
                foreach (var (errno, name) in Named)
                    cases.Add(at, errno, name);
            return cases;
        }
    }

    private static readonly (int Errno, string Counter)[] Named =
    [
        (Errno.ENETUNREACH, nameof(SendCounters.Unreachable)), (Errno.EHOSTUNREACH, nameof(SendCounters.Unreachable)),
        (Errno.ENETDOWN, nameof(SendCounters.Unreachable)), (Errno.EHOSTDOWN, nameof(SendCounters.Unreachable)),
        (Errno.EPERM, nameof(SendCounters.Forbidden)), (Errno.EACCES, nameof(SendCounters.Forbidden)),
        (Errno.EMSGSIZE, nameof(SendCounters.TooLong)), (Errno.EFAULT, nameof(SendCounters.Faults)),
        (Errno.EINVAL, nameof(SendCounters.OtherErrors)), (Errno.EIO, nameof(SendCounters.OtherErrors)),
        (Errno.EAFNOSUPPORT, nameof(SendCounters.OtherErrors)),
    ];

    [Theory, MemberData(nameof(BadDestinations))]
    public void OneBadDestinationCostsItsOwnMessageOnly(int bad, int errno, string counter)
    {
        Compose(packetsEach: 1);
        _wire.Script(Port(bad), errno);
        _flush.Flush(_egress, new MonotonicTime(5));
        Assert.Equal(Enumerable.Range(0, Messages).Where(i => i != bad).Select(Port), _wire.Sent.Select(datagram => datagram.To.Port));
        Assert.Equal((1, errno), (_owners[bad].SendErrors, _owners[bad].LastErrno));
        Assert.Equal(0, _owners[bad].Packets + _owners[bad].FirstSentNs);
        Assert.All(_owners.Where((_, i) => i != bad), owner => Assert.Equal((1, 0, 5), (owner.Packets, owner.SendErrors, owner.FirstSentNs)));
        Assert.Equal(1, (long)typeof(SendCounters).GetField(counter)!.GetValue(_counters)!);
        Assert.Equal((Messages - 1, Messages - 1), (_counters.Packets, _counters.Messages));
        Assert.Equal((0, false), (_egress.Batch.MessageCount, _egress.IsBlocked));
    }

    [Fact]
    public void AllBadIsAllCounted()
    {
        Compose(packetsEach: 1);
        for (var i = 0; i < Messages; i++)
            _wire.Script(Port(i), Errno.EHOSTUNREACH);
        _flush.Flush(_egress, default);
        Assert.Empty(_wire.Sent);
        Assert.Equal((Messages, 0), (_counters.Unreachable, _counters.Packets));
    }

    [Theory, InlineData(Errno.EAGAIN, 0), InlineData(Errno.EAGAIN, 3), InlineData(Errno.ENOBUFS, 7)]
    public void AFullSocketKeepsTheOrderAndGoesOnWhereItStopped(int errno, int at)
    {
        Compose(packetsEach: 2);
        _wire.Script(Port(at), errno, errno);
        _flush.Flush(_egress, new MonotonicTime(0));
        Assert.True(_egress.IsBlocked);
        Assert.Equal(2 * at, _wire.Sent.Count);
        _flush.Flush(_egress, new MonotonicTime(BoundNs / 2));
        Assert.True(_egress.IsBlocked);
        _flush.Flush(_egress, new MonotonicTime(BoundNs));
        Assert.False(_egress.IsBlocked);
        Assert.Equal(Enumerable.Range(0, 2 * Messages).Select(i => Port(i / 2)), _wire.Sent.Select(datagram => datagram.To.Port));
        Assert.Equal((2, 2 * Messages, Messages), (_counters.SocketFull, _counters.Packets, _counters.Messages));
        Assert.All(_owners, owner => Assert.Equal(0, owner.SendErrors));
    }

    [Fact]
    public void WhatIsBlockedTooLongIsDroppedAndCounted()
    {
        Compose(packetsEach: 1);
        _wire.Script(Port(2), Errno.EAGAIN);
        _flush.Flush(_egress, new MonotonicTime(7));
        _flush.Flush(_egress, new MonotonicTime(7 + BoundNs + 1));
        Assert.False(_egress.IsBlocked);
        Assert.Equal(2, _wire.Sent.Count);
        Assert.Equal(Messages - 2, _counters.AgedOut);
        Assert.All(_owners.Skip(2), owner => Assert.Equal((1, Errno.ENOBUFS), (owner.SendErrors, owner.LastErrno)));
        Compose(packetsEach: 1);
        _flush.Flush(_egress, new MonotonicTime(7 + 2 * BoundNs));
        Assert.Equal(2 + Messages, _wire.Sent.Count);
    }

    [Fact]
    public void EioTurnsSegmentationOffAndSendsThePacketsSingly()
    {
        Compose(packetsEach: 4);
        _wire.Script(Port(3), Errno.EIO);
        _flush.Flush(_egress, default);
        Assert.Equal((false, 1), (_egress.Segmentation, _counters.SegmentationOff));
        Assert.Equal(Enumerable.Range(0, 4 * Messages).Select(i => Port(i / 4)), _wire.Sent.Select(datagram => datagram.To.Port));
        Assert.All(_wire.To(Port(3)), datagram => Assert.Equal(1, datagram.InMessageOf));
        Assert.Equal(4 * Messages, _counters.Packets);
        Assert.All(_owners, owner => Assert.Equal((4, 400, 0), (owner.Packets, owner.Bytes, owner.SendErrors)));
    }

    [Fact]
    public void EioOfTheDestinationItselfLeavesSegmentationOn()
    {
        Compose(packetsEach: 2);
        _wire.Script(Port(3), Errno.EIO, Errno.EIO, Errno.EIO);
        _flush.Flush(_egress, new MonotonicTime(9));
        Assert.True(_egress.Segmentation);
        Assert.Equal((2, 0, 0), (_owners[3].SendErrors, _owners[3].Packets, _owners[3].FirstSentNs));
        Assert.Equal((2 * (Messages - 1), Messages - 1), (_counters.Packets, _counters.Messages));
    }

    [Theory, InlineData(Errno.EMSGSIZE), InlineData(Errno.EINVAL)]
    public void ATrainThatTheDeviceRefusesGoesSinglyAndTheNextIsTriedWhole(int errno)
    {
        Compose(packetsEach: 3);
        _wire.Script(Port(0), errno, 0, Errno.EMSGSIZE, 0);
        _flush.Flush(_egress, default);
        Assert.True(_egress.Segmentation);
        Assert.Equal((2, 1), (_owners[0].Packets, _owners[0].SendErrors));
        Assert.Equal(1, _counters.TooLong);
        Assert.All(_wire.To(Port(1)), datagram => Assert.Equal(3, datagram.InMessageOf));
    }

    [Fact]
    public void AnIcmpAnswerToAnEarlierDatagramDoesNotCostThisOne()
    {
        Compose(packetsEach: 1);
        _wire.Script(Port(5), Errno.ECONNREFUSED);
        _flush.Flush(_egress, default);
        Assert.Equal(Messages, _wire.Sent.Count);
        Assert.Equal((1, Messages), (_counters.Refused, _counters.Packets));
        Assert.Equal(0, _owners[5].SendErrors);
    }

    private static ushort Port(int message) => (ushort)(4_000 + message);

    private void Compose(int packetsEach)
    {
        for (var i = 0; i < Messages; i++)
        {
            _egress.Owners[_egress.Batch.MessageCount] = _owners[i];
            _egress.Batch.BeginMessage(DatagramAddress.From(IPAddress.Loopback, Port(i)), 100);
            for (var packet = 0; packet < packetsEach; packet++)
                _egress.Batch.AddPacket(12, _payload.Address, 88);
        }
    }
}
