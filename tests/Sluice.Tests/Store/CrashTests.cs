using Sluice.Linux;
using Sluice.Store;
using Xunit.Abstractions;

namespace Sluice.Tests.Store;

/// <summary>
/// Power cuts in a model: random work on a store, and after every step on the disk perhaps a cut, with what was not synced lost, torn
/// and reordered. After each, what is found is whole and in order, and nothing is missing of what was acknowledged durable.
/// </summary>
public class CrashTests(ITestOutputHelper output)
{
    private const int StatesMin = 100_000, Seeds = 1_000, StatesPerSeed = 100;

    [Fact]
    public void NothingDurableIsLostAndNothingTornIsServedInAHundredThousandCrashStates()
    {
        long states = 0, records = 0;
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var run = new Run(seed);
            run.Work(StatesPerSeed);
            Interlocked.Add(ref states, run.States);
            Interlocked.Add(ref records, run.DurableSeen);
        });
        output.WriteLine($"{states} crash states, {records} durable records looked for");
        Assert.InRange(states, StatesMin, long.MaxValue);
        Assert.InRange(records, StatesMin, long.MaxValue);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void AStoreThatAcknowledgesTooEarlyIsCaught(int seed)
    {
        var caught = Assert.Throws<InvalidOperationException>(() => new Run(seed) { AcksTooMuch = true }.Work(StatesPerSeed));
        Assert.Contains("durable records are lost", caught.Message, StringComparison.Ordinal);
    }

    private sealed class Run
    {
        private static readonly byte[][] s_payloads = [.. Enumerable.Range(0, 60_000).Select(i => TempStore.PayloadOf((ulong)i))];

        private readonly Random _random;
        private readonly int _seed;
        private readonly StoreOptions _options;
        private readonly List<ulong> _appended = [];
        private CrashDisk _disk = new();
        private ChannelStore? _store;
        private List<ulong> _durableBefore = [];   // of earlier lives of the store, all of them found at its opening
        private ulong _next;
        private MonotonicTime _now = TempStore.Start;
        private int _depth;

        public Run(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _options = new StoreOptions
            {
                Path = "/model", SegmentBytes = 64 << 10, StageBytes = 64 << 10, EpochSalt = (ulong)seed,
                ChannelBytesMax = seed % 2 == 0 ? 0 : 5 * 64 << 10,
                Level = seed % 3 == 0 ? AckLevel.Durable : AckLevel.Written,
                SyncEveryNs = 5_000_000,
                Disk = _disk,
            };
        }

        public long States { get; private set; }
        public long DurableSeen { get; private set; }
        public bool AcksTooMuch { get; init; }

        public void Work(int statesMax)
        {
            try
            {
                Open(_disk);
                while (States < statesMax)
                    Step();
            }
            catch (Exception e) when (e is not InvalidOperationException)
            {
                throw new InvalidOperationException($"seed {_seed}, state {States}: {e.Message}", e);
            }
        }

        private void Open(CrashDisk disk)
        {
            _disk = disk;
            _appended.Clear();
            Assert.True(ChannelStore.TryOpen(_options with { Disk = disk }, "c", out _store, out var problem), problem.Message);
            disk.Changed = PerhapsCrash;
            disk.SyncFault = () => _seed % 5 == 0 && _random.Next(10) == 0 ? _random : null;
        }

        private void Step()
        {
            _now += 1_000_000;
            switch (_random.Next(60))
            {
                case 0: _store!.Close(_now); Reopen(_disk); break;
                case 1: _store!.SetMedia(new((byte)_random.Next(2), 90_000, "X"), _now); break;
                case 2: _store!.Sync(_now); break;
                case 3: LiveOnAfterACrash(); break;
                case < 25: _store!.Pass(_now, 1); break;
                default:
                    for (var n = _random.Next(1, 40); n > 0; n--, _next++)
                        if (_store!.Append(TempStore.MetaOf(_next), s_payloads[_next], _now) == AppendResult.Staged)
                            _appended.Add(_next);
                    break;
            }
        }

        // The store goes on with what a power cut left: what was found then is durable now, recovery saw to it.
        private void LiveOnAfterACrash()
        {
            _disk.Changed = null;
            var after = _disk.Crash(_random);
            _store!.Dispose();
            Reopen(after);
        }

        private void Reopen(CrashDisk disk)
        {
            disk.Changed = null;
            var required = Required();
            Open(disk);
            disk.Changed = null;
            var found = Found(disk);
            if (_options.ChannelBytesMax > 0)
                required.RemoveAll(index => found.Count == 0 || index < found[0]);
            AssertHolds(found, required);
            // Synced before it is said: what recovery sealed, it synced; what it believed by a seal was synced before.
            _durableBefore = [.. required.Intersect(found)];
            disk.Changed = PerhapsCrash;
        }

        private void PerhapsCrash()
        {
            if (_depth > 0 || _store is null || _random.Next(3) != 0)
                return;
            _depth++;
            var required = Required();
            for (var n = 0; n < 2; n++, States++)
                Check(_disk.Crash(_random), required, again: n == 0 && _random.Next(8) == 0);
            _depth--;
        }

        private void Check(CrashDisk after, List<ulong> required, bool again)
        {
            // Without a limit, for opening may have to let the oldest segment go to have a next one.
            var opened = ChannelStore.TryOpen(_options with { Disk = after, ChannelBytesMax = 0 }, "c", out var store, out var problem);
            Assert.True(opened, problem.Message);
            AssertHolds(Found(after), required, () => $"of {Words(_store!)}, opened {Words(store!)}");
            if (again) // and a cut right after the recovery from the first
                Check(after.Crash(_random), required, again: false);
            store!.Dispose();
        }

        // The oldest segment may be on its way out; without a limit nothing ever is.
        private List<ulong> Required()
        {
            var acks = _store!.Acks;
            var isLimited = _options.ChannelBytesMax > 0;
            var floor = !isLimited ? 0 : _store.Segments.Skip(1).FirstOrDefault(segment => segment.Range.Records > 0)?.Range.FirstSequence ?? ulong.MaxValue;
            List<ulong> required = [.. _durableBefore.Where(index => index >= floor)];
            for (var i = 0; i < _appended.Count; i++)
                if (_appended[i] >= floor && acks.StateOf(i + 1, AcksTooMuch ? AckLevel.Written : AckLevel.Durable) == AckState.Reached)
                    required.Add(_appended[i]);
            DurableSeen += required.Count;
            return required;
        }

        // Every state is read whole: words are made only for a record that is wrong.
        private static List<ulong> Found(CrashDisk disk)
        {
            var found = new List<ulong>();
            using var reader = new ChannelReader("/model/c", disk);
            while (reader.TryNext(out var record))
            {
                var index = record.Meta.FeedSequence;
                if (record.Meta != TempStore.MetaOf(index))
                    Assert.Equal(TempStore.MetaOf(index), record.Meta);
                if (!s_payloads[index].AsSpan().SequenceEqual(record.Payload))
                    Assert.Fail($"record {index} is torn");
                if (found.Count > 0 && index <= found[^1])
                    Assert.Fail($"record {index} is out of order");
                found.Add(index);
            }
            return found;
        }

        private static string Words(ChannelStore store) =>
            string.Join(' ', store.Segments.Select(segment => $"{segment.Header.Number}:{segment.Range.FirstSequence}+{segment.Range.Records}"));

        // Both rise.
        private static void AssertHolds(List<ulong> found, List<ulong> required, Func<string>? where = null)
        {
            var (missing, first, at) = (0, 0UL, 0);
            foreach (var index in required)
            {
                while (at < found.Count && found[at] < index)
                    at++;
                if ((at == found.Count || found[at] != index) && missing++ == 0)
                    first = index;
            }
            if (missing > 0)
                Assert.Fail($"{missing} durable records are lost, the first is {first} {where?.Invoke()}");
        }
    }
}
