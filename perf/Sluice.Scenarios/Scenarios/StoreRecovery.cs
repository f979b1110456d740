using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;
using Sluice.Store;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// How long a channel of 4 GiB takes to open after its process was killed, with its pages in the cache and without.
/// <code>
///   ChannelStore ── 4 GiB of records, synced as seldom as it may be ──► left as it is ──► [cold.c] ──► TryOpen, timed
/// </code>
/// Once in 64 segments of 64 MiB, once in one segment of 4 GiB.
/// </summary>
internal sealed class StoreRecovery : Scenario
{
    private const long HeldBytes = (4L << 30) - (4 << 20);

    public override string Name => "store-recovery";
    public override string Summary => "4 GiB of records opened again after a kill, the last tens of MiB never synced";

    public override void Run(RunOptions options, Findings findings)
    {
        using var disk = new BenchDisk();
        foreach (var (segmentBytes, name) in new[] { (StoreLimits.SegmentBytesDefault, "64 segments"), (StoreLimits.SegmentBytesMax, "one segment") })
        {
            disk.Clear();
            var store = new StoreOptions { Path = disk.Path, SegmentBytes = segmentBytes, SyncEveryNs = 0 };
            var records = Fill(store);
            var last = Directory.GetFiles(disk.Path, "*.seg", SearchOption.AllDirectories).Max()!;
            var (cold, warm, unsyncedBytes) = (new List<double>(), new List<double>(), 0L);
            for (var round = 0; round < options.Rounds; round++)
            {
                disk.MakeCold(options);
                cold.Add(Open(store, records, last, out unsyncedBytes));
                warm.Add(Open(store, records, last, out _));
            }
            var note = $"{records:N0} records; {unsyncedBytes >> 20} MiB behind the last mark are read through";
            findings.Add($"{name}, pages dropped", "ms", cold, Goal.AtMost(1_000), null, note);
            findings.Add($"{name}, pages in memory", "ms", warm, Goal.AtMost(1_000));
        }
    }

    private static long Fill(StoreOptions options)
    {
        var store = Opened(options);
        var payload = new byte[StreamShape.PayloadBytes];
        new Random(1).NextBytes(payload);
        long records = 0;
        for (; records * RecordCodec.SizeOf(payload.Length) < HeldBytes; records++)
        {
            var now = new MonotonicTime(records + 1);
            store.Append(new RecordMeta { FeedSequence = (ulong)records, DeliveryWallNs = records, DeliveryNs = records }, payload, now);
            if (records % 64 == 0)
                store.Maintain(now);
        }
        store.Flush(new MonotonicTime(records + 1));
        store.Dispose();
        return records;
    }

    private static double Open(StoreOptions options, long records, string last, out long unsyncedBytes)
    {
        SegmentReader.TryOpen(last, out var reader, out _);
        var durableOffset = reader.DurableOffset;
        reader.Dispose();
        var began = SystemClock.Now;
        var store = Opened(options);
        var took = (SystemClock.Now - began) / 1e6;
        var found = store.Segments.Sum(segment => segment.Range.Records);
        unsyncedBytes = store.Segments[^1].EndOffset - Math.Max(durableOffset, SegmentHeader.PageBytes);
        store.Dispose();
        Unseal(last);
        return found == records ? took : throw new InvalidOperationException($"{found} of {records} records were found");
    }

    // Opening sealed what the kill had left; without the seal it is as it was.
    private static void Unseal(string path)
    {
        using var file = File.OpenWrite(path);
        file.Position = SegmentSeal.Offset;
        file.Write(new byte[512]);
    }

    private static ChannelStore Opened(StoreOptions options) =>
        ChannelStore.TryOpen(options, "bench", out var store, out var problem) ? store : throw new InvalidOperationException(problem.Message);
}
