using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>A store of its own in a directory that goes with the test, and records that can be told apart by their index.</summary>
public sealed class TempStore : IDisposable
{
    public const string Channel = "news";

    public static readonly MonotonicTime Start = new(1_000_000_000_000);

    public TempStore() : this(Directory.CreateTempSubdirectory("sluice-store-").FullName) { }

    public TempStore(string path) => Path = path;

    public string Path { get; }

    public string ChannelPath => System.IO.Path.Combine(Path, Channel);

    public StoreOptions Options => new() { Path = Path, SegmentBytes = 64 << 10, StageBytes = 64 << 10, SyncEveryNs = 0, EpochSalt = 7 };

    public ChannelStore Open(StoreOptions? options = null, string channel = Channel)
    {
        // A process that some other test starts has our descriptors, and so our locks, from its fork to its exec.
        ChannelStore? store = null;
        StoreProblem problem = default;
        var opened = SpinWait.SpinUntil(
            () => ChannelStore.TryOpen(options ?? Options, channel, out store, out problem) || problem.Kind != StoreProblemKind.Locked, 10_000);
        Assert.True(opened && store is not null, problem.Message);
        return store;
    }

    public string[] SegmentFiles => [.. Directory.GetFiles(ChannelPath, "*.seg").Order()];

    /// <summary>All that the channel's files hold, as feed sequences; every payload is checked against its index.</summary>
    public List<ulong> ReadAll() => ReadAll(ChannelPath);

    public static List<ulong> ReadAll(string directory)
    {
        var found = new List<ulong>();
        using var reader = new ChannelReader(directory);
        while (reader.TryNext(out var record))
        {
            AssertIs(record.Meta.FeedSequence, record.Meta, record.Payload);
            found.Add(record.Meta.FeedSequence);
        }
        return found;
    }

    public static void AssertIs(ulong index, RecordMeta meta, ReadOnlySpan<byte> payload)
    {
        Assert.Equal(MetaOf(index), meta);
        Assert.True(PayloadOf(index).AsSpan().SequenceEqual(payload), $"payload of record {index}");
    }

    public static RecordMeta MetaOf(ulong index) => new()
    {
        FeedSequence = index,
        DeliveryWallNs = 1_700_000_000_000_000_000 + (long)index * 1_000_000,
        DeliveryNs = Start.Ns + (long)index * 1_000_000,
        RtpTimestamp = (uint)(index * 90),
        MarkerAndPayloadType = (byte)(33 | (index % 5 == 0 ? 0x80 : 0)),
        Flags = index % 10 == 0 ? RecordFlags.RandomAccess : RecordFlags.None,
    };

    /// <summary>Every index has its own length and bytes.</summary>
    public static byte[] PayloadOf(ulong index)
    {
        var payload = new byte[(int)(index * 37 % 400)];
        new Random((int)index).NextBytes(payload);
        return payload;
    }

    /// <summary>Appends records first … first + count − 1 and flushes them.</summary>
    public static FlushResult Write(ChannelStore store, ulong first, int count, MonotonicTime now)
    {
        for (var i = first; i < first + (ulong)count; i++)
            store.Append(MetaOf(i), PayloadOf(i), now);
        return store.Flush(now);
    }

    public static List<ulong> Indexes(ulong first, int count) => [.. Enumerable.Range(0, count).Select(i => first + (ulong)i)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
