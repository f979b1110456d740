using System.Globalization;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Sim;

/// <summary>
/// <c>sluice-sim store-writer DIR SEED</c>: appends records for ever, until it is killed. Every record's content follows
/// from seed and index, and an index is printed once it is flushed: what was printed must be found afterwards.
/// </summary>
public static class StoreWriter
{
    public const string Verb = "store-writer";
    public const string Channel = "killed";

    public static StoreOptions OptionsFor(string directory, ulong seed) =>
        new() { Path = directory, SegmentBytes = 256 << 10, StageBytes = 64 << 10, ChannelBytesMax = 64 << 20, SyncEveryNs = 20_000_000, EpochSalt = seed };

    /// <summary>Returns 3 when the store cannot be opened, and says why; otherwise never.</summary>
    public static int Run(string[] args)
    {
        var (directory, seed) = (args[0], ulong.Parse(args[1], CultureInfo.InvariantCulture));
        if (!ChannelStore.TryOpen(OptionsFor(directory, seed), Channel, out var store, out var problem))
        {
            Console.Error.WriteLine($"{problem.Kind} {problem.Message}");
            return 3;
        }
        using (store)
            WriteForEver(store, seed);
        return 0;
    }

    public static RecordMeta MetaOf(ulong seed, ulong index) => new()
    {
        FeedSequence = index,
        DeliveryWallNs = (long)(seed * 1_000_000_000 + index),
        DeliveryNs = (long)index,
        RtpTimestamp = (uint)(index * 90),
        MarkerAndPayloadType = (byte)(seed * 3 + index),
    };

    /// <summary>Fills <paramref name="payload"/> from its beginning and returns how many bytes there are.</summary>
    public static int PayloadOf(ulong seed, ulong index, Span<byte> payload)
    {
        var state = (seed << 32) + index;
        var length = (int)(index * 7_919 % 1_400);
        for (var i = 0; i < length; i++)
        {
            state = state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407;
            payload[i] = (byte)(state >> 56);
        }
        return length;
    }

    private static void WriteForEver(ChannelStore store, ulong seed)
    {
        using var said = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var payload = new byte[1_400];
        var batches = new Random((int)seed);
        for (ulong index = 0; store.Counters.Dropped == 0;)
        {
            for (var n = batches.Next(1, 60); n > 0; n--, index++)
                store.Append(MetaOf(seed, index), payload.AsSpan(0, PayloadOf(seed, index, payload)), SystemClock.Now);
            if (store.Flush(SystemClock.Now).Errno == 0 && store.Counters.Dropped == 0)
                said.WriteLine((index - 1).ToString(CultureInfo.InvariantCulture));
            store.Maintain(SystemClock.Now);
        }
    }
}
