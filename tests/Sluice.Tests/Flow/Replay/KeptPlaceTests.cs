using Sluice.Flow;
using Sluice.Store;
using Sluice.Tests.Store;
using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Five seconds of a channel, a packet a millisecond, every tenth an access point.</summary>
public sealed class KeptPlaceTests : IDisposable
{
    private const int Packets = 5_000;
    private const byte Sps = 0x67, Pps = 0x68, Idr = 0x65, Slice = 0x41;

    private static readonly long s_wallMinusMonotonicNs = TempStore.MetaOf(0).DeliveryWallNs - TempStore.MetaOf(0).DeliveryNs;

    private readonly TempStore _folder = new();
    private readonly ChannelStore _store;

    public KeptPlaceTests()
    {
        _store = _folder.Open(_folder.Options with { SegmentBytes = 1 << 20 });
        for (var i = 0ul; i < Packets; i++)
            _store.Append(TempStore.MetaOf(i), [i % 10 == 0 ? Idr : i == 1_228 ? Sps : i == 1_229 ? Pps : Slice, (byte)i, (byte)(i >> 8)], TempStore.Start);
        _store.Flush(TempStore.Start);
    }

    public void Dispose()
    {
        _store.Close(TempStore.Start);
        _store.Dispose();
        _folder.Dispose();
    }

    private static long WallNs(ulong index) => TempStore.MetaOf(index).DeliveryWallNs;

    private KeptPlace Place(AccessCodec codec = AccessCodec.H264) => new(_store, codec, s_wallMinusMonotonicNs);

    // Number and media time of the next packets, in ms from the first.
    private static string Next(KeptStart? start, int count)
    {
        Assert.NotNull(start);
        using var source = start.Source;
        var told = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var status = source.TryNext(out var packet, out var payload);
            told.Add(status == ReplayStatus.Packet
                ? $"{packet.Sequence}={payload[1] | payload[2] << 8}@{(packet.MediaNs - TempStore.Start.Ns) / 1_000_000}" : $"{status}");
        }
        return string.Join(' ', told);
    }

    [Fact]
    public void ASeekBeginsAtTheAccessPointBefore()
    {
        var start = Place().AtAccess(WallNs(2_345), long.MaxValue);
        Assert.Equal((2_340ul, TempStore.MetaOf(2_340).DeliveryNs), (start!.Sequence, start.MediaNs));
        Assert.Equal("2340=2340@2340 2341=2341@2341 2342=2342@2342", Next(start, 3));
    }

    [Fact]
    public void ParameterSetsBeforeThePointGoWithItsTime() =>
        Assert.Equal("1228=1228@1230 1229=1229@1230 1230=1230@1230 1231=1231@1231", Next(Place().AtAccess(WallNs(1_239), long.MaxValue), 4));

    [Fact]
    public void OfTheDatagramsBeforeThePointOnlyTheTablesGoAlong()
    {
        using var folder = new TempStore();
        using var store = folder.Open();
        var (fill, payload) = (GopStream.Ts(gop: 100, tables: 40), new byte[7 * TsPacket.Size]);
        for (var i = 0; i < 400; i++)
        {
            fill(i, payload);
            var flags = GopStream.IsTsAccess(i, 100) ? RecordFlags.RandomAccess : RecordFlags.None;
            store.Append(TempStore.MetaOf((ulong)i) with { Flags = flags }, payload, TempStore.Start);
        }
        store.Flush(TempStore.Start);
        var start = new KeptPlace(store, AccessCodec.MpegTs, s_wallMinusMonotonicNs).AtAccess(WallNs(290), long.MaxValue);
        using var source = start!.Source;
        Assert.Equal(ReplayStatus.Packet, source.TryNext(out var tables, out var bytes));
        Assert.Equal((249ul, 2 * TsPacket.Size), (tables.Sequence, bytes.Length));
        Assert.True(TsPacket.TryParse(bytes, out var pat) && TsPacket.TryParse(bytes[TsPacket.Size..], out var pmt)
            && pat.Pid == TsPacket.PatPid && pmt.Pid == GopStream.PmtPid);
        Assert.Equal(ReplayStatus.Packet, source.TryNext(out var point, out bytes));
        Assert.Equal((250ul, 7 * TsPacket.Size, true), (point.Sequence, bytes.Length, point.IsAccess));
        store.Close(TempStore.Start);
    }

    [Theory]
    [InlineData(AccessCodec.Unknown)]
    [InlineData(AccessCodec.Everywhere)]
    public void WithoutPointsItBeginsAtTheInstant(AccessCodec codec) =>
        Assert.Equal("2345=2345@2345 2346=2346@2346", Next(Place(codec).AtAccess(WallNs(2_345), long.MaxValue), 2));

    [Theory]
    [InlineData(3_000)]
    [InlineData(1_600)]
    [InlineData(4_400)]
    public void AClientGoesOnWithExactlyThePacketAfterItsLast(int believedToBeAt) =>
        Assert.Equal("3000=3000@3000 3001=3001@3001", Next(Place().AtPacket(WallNs((ulong)believedToBeAt), 3_000, long.MaxValue), 2));

    [Fact]
    public void ANumberThatIsNotThereIsFoundByItsTime() =>
        Assert.Equal("3000=3000@3000", Next(Place().AtPacket(WallNs(3_000), 40_000, long.MaxValue), 1));

    [Fact]
    public void WhatIsAskedForUntilAnInstantEndsThere() =>
        Assert.Equal("2340=2340@2340 2341=2341@2341 Ended Ended", Next(Place().AtAccess(WallNs(2_340), WallNs(2_342)), 4));

    [Fact]
    public void AtTheEndThereIsNothingYet()
    {
        Assert.Null(Place().AtPacket(WallNs(Packets + 100), null, long.MaxValue));
        Assert.Equal("4999=4999@4999 Waiting", Next(Place().AtPacket(WallNs(Packets - 1), null, long.MaxValue), 2));
    }
}
