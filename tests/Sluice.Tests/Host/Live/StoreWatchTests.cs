using Sluice.Control.Status;
using Sluice.Host.Live;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Store;

namespace Sluice.Tests.Host.Live;

public class StoreWatchTests
{
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void WhatCursorsCannotReadIsAnAlarmForAMinute()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        var options = temp.Options with { Disk = faults };
        using var store = temp.Open(options);
        TempStore.Write(store, 0, 1_000, Now);
        var watch = new StoreWatch(store, options);
        Assert.Empty(watch.Look(Now));
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        faults.ReadErrno = Errno.EIO;
        Assert.Equal(CursorStatus.Gap, cursor.TryNext(out _));
        var alarm = Assert.Single(watch.Look(Now));
        Assert.Equal(("store-unreadable", TempStore.Channel, AlarmSeverity.Critical), (alarm.Code, alarm.Channel, alarm.Severity));
        Assert.Contains("EIO", alarm.Message, StringComparison.Ordinal);
        Assert.Single(watch.Look(Now + 59_000_000_000));
        Assert.Empty(watch.Look(Now + 61_000_000_000));
    }

    [Fact]
    public void SaysWhatIsHeld()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        var watch = new StoreWatch(store, temp.Options);
        Assert.Equal((0, null), (watch.Status().HeldSeconds, watch.Status().Oldest));
        TempStore.Write(store, 0, 1_001, Now);
        var status = watch.Status();
        Assert.Equal((1.0, new WallTime(TempStore.MetaOf(0).DeliveryWallNs).ToDateTimeOffset()), (status.HeldSeconds, status.Oldest));
    }
}
