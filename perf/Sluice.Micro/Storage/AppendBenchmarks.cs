using BenchmarkDotNet.Attributes;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Micro.Storage;

/// <summary>
/// The store's append beside its two floors: a copy of the same payload into memory that is there, and plain sequential
/// writes of the same bytes into preallocated files that are new as the store's segments are, so that both pay for fresh
/// pages of the cache. One operation is one payload of 1,316 bytes. No sync: the medium is another question.
/// </summary>
public class AppendBenchmarks
{
    private const int Payloads = 1_000;
    private const int PayloadBytes = 1_316;
    private const int WriteBytes = 1 << 18;
    private const long FileBytes = 64 << 20;

    /// <summary>Names the folder whose disk is measured; the system's temporary folder when not set.</summary>
    private const string FolderVariable = "SLUICE_BENCH_DISK";

    private readonly byte[] _payload = new byte[PayloadBytes];
    private readonly byte[] _block = new byte[WriteBytes];
    private NativeBuffer _memory = null!;
    private string _folder = "";
    private ChannelStore _store = null!;
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _file;
    private int _files;
    private ulong _sequence;
    private long _copied;
    private long _written;

    [GlobalSetup]
    public void Open()
    {
        _folder = Path.Combine(Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } set ? set : Path.GetTempPath(),
            $"sluice-append-{Environment.ProcessId}");
        Directory.CreateDirectory(_folder);
        _memory = new NativeBuffer(FileBytes, prefault: true);
        new Random(1).NextBytes(_payload);
        var options = new StoreOptions { Path = _folder, SegmentBytes = FileBytes, ChannelBytesMax = 3 * FileBytes, SyncEveryNs = 0 };
        if (!ChannelStore.TryOpen(options, "bench", out var store, out var problem))
            throw new InvalidOperationException(problem.ToString());
        _store = store;
        BeginFile();
    }

    [GlobalCleanup]
    public void Close()
    {
        _store.Dispose();
        _file?.Dispose();
        _memory.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Payloads)]
    public long Append()
    {
        var now = MonotonicTime.MinValue + 1;
        for (var i = 0; i < Payloads; i++)
        {
            var meta = new RecordMeta { FeedSequence = ++_sequence, DeliveryWallNs = (long)_sequence, DeliveryNs = (long)_sequence };
            if (_store.Append(in meta, _payload, now) != AppendResult.Staged)
                throw new InvalidOperationException("the store took no record: the disk is full");
        }
        _store.Flush(now);
        _store.Maintain(now);
        return _store.Counters.Records;
    }

    [Benchmark(OperationsPerInvoke = Payloads)]
    public long CopyToMemory()
    {
        for (var i = 0; i < Payloads; i++, _copied += PayloadBytes)
        {
            if (_copied + PayloadBytes > FileBytes)
                _copied = 0;
            _payload.CopyTo(_memory.Slice(_copied, PayloadBytes));
        }
        return _copied;
    }

    [Benchmark(OperationsPerInvoke = Payloads)]
    public long WriteSequentially()
    {
        for (var left = Payloads * PayloadBytes; left > 0; left -= WriteBytes)
        {
            var bytes = Math.Min(left, WriteBytes);
            if (_written + bytes > FileBytes)
                BeginFile();
            RandomAccess.Write(_file!, _block.AsSpan(0, bytes), _written);
            _written += bytes;
        }
        return _written;
    }

    // As many files live as the store keeps segments.
    private void BeginFile()
    {
        _file?.Dispose();
        var path = Path.Combine(_folder, $"plain-{_files++ % 3}");
        File.Delete(path);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: FileBytes);
        _written = 0;
    }
}
