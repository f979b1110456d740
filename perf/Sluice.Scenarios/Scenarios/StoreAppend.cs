using Sluice.Linux;
using Sluice.Scenarios.Loads;
using Sluice.Scenarios.Runner;
using Sluice.Store;

namespace Sluice.Scenarios.Scenarios;

/// <summary>
/// What keeping a packet costs beside its floors.
/// <code>
///   store    1,316 bytes ──► Append: header, CRC32C, stage of 256 KiB ──► pwrite ──► three segments of 64 MiB, in turn
///   memory   1,316 bytes ──► memcpy ─────────────────────────────────────────────► 192 MiB that are there
///   pwrite   256 KiB ────────────────────────────────────────────────────► pwrite ──► three files of 64 MiB, in turn
/// </code>
/// Each in turn on one core; no sync: the medium is another question. Once with files whose pages the kernel has dropped, as those of a window that is
/// larger than the memory (both then pay for fresh pages), and once with all files in the cache, as only a window of seconds has it.
/// </summary>
internal sealed class StoreAppend : Scenario
{
    private const int PayloadBytes = StreamShape.PayloadBytes;
    private const int WriteBytes = StoreLimits.StageBytesDefault;
    private const long FileBytes = StoreLimits.SegmentBytesDefault;
    private const int Files = 3;
    private const long PassBytes = 160 << 20;
    private const int Passes = 4;

    public override string Name => "store-append";
    public override string Summary => "P15: appends of 1,316 bytes beside memcpy to prefaulted pages and sequential pwrite";

    public override void Run(RunOptions options, Findings findings)
    {
        using var disk = new BenchDisk();
        using var memory = new NativeBuffer(Files * FileBytes, prefault: true);
        using var store = Open(disk.Path);
        using var plain = new PlainFiles(disk.Path);
        var payload = new byte[PayloadBytes];
        new Random(1).NextBytes(payload);
        var block = new byte[WriteBytes];
        ulong sequence = 0;
        Result[] fresh = null!, cached = null!;
        Pinned.Run(options.EngineCore, () =>
        {
            Result[] Measure(Action before) => Alternate.Run(options.Rounds,
                () => Rate(before, PayloadBytes, () => Append(store, payload, ref sequence)),
                () => Rate(before, PayloadBytes, new Copier(memory, payload).Next),
                () => Rate(before, WriteBytes, () => plain.Write(block)));
            fresh = Measure(() => disk.MakeCold(options));
            cached = Measure(() => { });
        });
        Report(findings, "pages dropped", fresh, Goal.Higher, Goal.AtLeast(0.9, 0.97));
        Report(findings, "in the cache", cached, Goal.AtLeast(0.5, 0.7), Goal.Higher);
    }

    private static void Report(Findings findings, string name, Result[] results, Goal overCopy, Goal overWrite)
    {
        var (append, copy, write) = (results[0], results[1], results[2]);
        findings.Add($"{name}: store, payload bytes appended", "MB/s", append.Values, Goal.Higher);
        findings.Add($"{name}: memcpy of 1,316 bytes to prefaulted pages", "MB/s", copy.Values, Goal.Higher);
        findings.Add($"{name}: pwrite of 256 KiB to preallocated files", "MB/s", write.Values, Goal.Higher);
        findings.Add($"{name}: P15 store / memcpy", "x", append.Over(copy), overCopy);
        findings.Add($"{name}: P15 store / pwrite", "x", append.Over(write), overWrite, null, "the store writes 3 % more: 40 bytes of header a record");
    }

    private static ChannelStore Open(string path)
    {
        var options = new StoreOptions { Path = path, SegmentBytes = FileBytes, ChannelBytesMax = Files * FileBytes, SyncEveryNs = 0 };
        return ChannelStore.TryOpen(options, "bench", out var store, out var problem) ? store : throw new InvalidOperationException(problem.Message);
    }

    // Each pass writes less than the files have, so that no page is met twice.
    private static Sample Rate(Action before, int bytesATime, Action next)
    {
        long tookNs = 0;
        for (var pass = 0; pass < Passes; pass++)
        {
            before();
            var began = SystemClock.Now;
            for (var left = PassBytes; left > 0; left -= bytesATime)
                next();
            tookNs += SystemClock.Now - began;
        }
        return new Sample(Passes * PassBytes * 1e3 / tookNs);
    }

    // Upkeep as often as the store thread does it at this rate: every few megabytes.
    private static void Append(ChannelStore store, byte[] payload, ref ulong sequence)
    {
        var now = new MonotonicTime((long)++sequence);
        var meta = new RecordMeta { FeedSequence = sequence, DeliveryWallNs = (long)sequence, DeliveryNs = (long)sequence };
        if (store.Append(in meta, payload, now) != AppendResult.Staged)
            throw new InvalidOperationException("the store took no record: is the disk full?");
        if (sequence % 1_024 == 0)
            store.Maintain(now);
    }

    private sealed class Copier(NativeBuffer memory, byte[] payload)
    {
        private long _at;

        public void Next()
        {
            if (_at + PayloadBytes > Files * FileBytes)
                _at = 0;
            payload.CopyTo(memory.Slice(_at, PayloadBytes));
            _at += PayloadBytes;
        }
    }

    private sealed class PlainFiles : IDisposable
    {
        private readonly DataFile[] _files;
        private long _at;

        public PlainFiles(string path) => _files = [.. Enumerable.Range(0, Files).Select(i => Create(System.IO.Path.Combine(path, $"plain-{i}")))];

        public void Write(byte[] block)
        {
            if (_files[_at / FileBytes % Files].WriteAt(block, _at % FileBytes) != block.Length)
                throw new InvalidOperationException("the disk took no block");
            _at += block.Length;
        }

        public void Dispose()
        {
            foreach (var file in _files)
                file.Dispose();
        }

        private static DataFile Create(string path) =>
            DataFile.TryCreate(path, FileBytes, out var file, out var error) ? file : throw new InvalidOperationException(error.Message);
    }
}
