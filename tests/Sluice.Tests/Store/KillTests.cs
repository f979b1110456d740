using System.Diagnostics;
using System.Globalization;
using Sluice.Sim;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>The real thing: another process writes and is killed (SIGKILL) at a moment drawn from a seed, 100 times in two
/// directories. <c>SLUICE_KILLS</c> names another number: 1000 is what a release is held to.</summary>
public class KillTests
{
    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("SLUICE_KILLS"), out var kills) ? kills : 100;

    [Fact]
    public Task EverythingWrittenIsFoundAfterEachKill() =>
        Task.WhenAll(Enumerable.Range(0, 2).Select(half => Task.Run(() => KillAgainAndAgain(20 + half, s_rounds / 2))));

    private static void KillAgainAndAgain(int randomSeed, int rounds)
    {
        using var temp = new TempStore();
        var random = new Random(randomSeed);
        var acknowledged = new Dictionary<ulong, long>(); // seed of the round → last index said to be flushed
        for (ulong seed = 1; seed <= (ulong)rounds; seed++)
        {
            acknowledged[seed] = WriteAndKill(temp.Path, seed, linesMin: random.Next(1, 12), TimeSpan.FromMicroseconds(random.Next(0, 3_000)));
            Check(Path.Combine(temp.Path, StoreWriter.Channel), acknowledged);
            using var store = Reopen(temp, seed);
            Assert.Equal((0, 0), (store.Counters.SegmentsShort, store.Counters.SegmentsRejected));
        }
        Check(Path.Combine(temp.Path, StoreWriter.Channel), acknowledged);
    }

    [Fact]
    public void AnotherProcessIsRefusedWhileTheFirstWrites()
    {
        using var temp = new TempStore();
        using var writer = Start(temp.Path, 1);
        Assert.NotNull(writer.StandardOutput.ReadLine());
        Assert.False(ChannelStore.TryOpen(StoreWriter.OptionsFor(temp.Path, 2), StoreWriter.Channel, out _, out var problem));
        Assert.Equal(StoreProblemKind.Locked, problem.Kind);
        writer.Kill();
        writer.WaitForExit();
        using var store = Reopen(temp, 2); // a lock dies with its holder
    }

    private static ChannelStore Reopen(TempStore temp, ulong seed) => temp.Open(StoreWriter.OptionsFor(temp.Path, seed), StoreWriter.Channel);

    // Returns the last index that the writer said was flushed, also in lines that were still in the pipe.
    private static long WriteAndKill(string path, ulong seed, int linesMin, TimeSpan then)
    {
        using var writer = Start(path, seed);
        var last = -1L;
        for (var n = 0; n < linesMin; n++)
            last = long.Parse(writer.StandardOutput.ReadLine() ?? Fail(seed, writer), CultureInfo.InvariantCulture);
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < then;)
            Thread.SpinWait(20);
        writer.Kill();
        // A line cut off by the kill has no end, and says nothing.
        var rest = writer.StandardOutput.ReadToEnd();
        foreach (var line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            last = long.Parse(line, CultureInfo.InvariantCulture);
        Assert.True(writer.WaitForExit(10_000));
        Assert.Equal(128 + 9, writer.ExitCode);
        return last;
    }

    private static string Fail(ulong seed, Process writer) => throw new InvalidOperationException($"round {seed}: {writer.StandardError.ReadToEnd()}");

    private static Process Start(string path, ulong seed)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "sluice-sim.dll");
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [program, StoreWriter.Verb, path, seed.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    // Rounds follow each other, each an unbroken run from 0 to at least what was acknowledged, every byte as it must be.
    private static void Check(string directory, Dictionary<ulong, long> acknowledged)
    {
        var next = new Dictionary<ulong, ulong>();
        var expected = new byte[1_400];
        using var reader = new ChannelReader(directory);
        while (reader.TryNext(out var record))
        {
            var seed = (ulong)record.Meta.DeliveryWallNs / 1_000_000_000;
            var index = record.Meta.FeedSequence;
            Assert.Equal(next.GetValueOrDefault(seed), index);
            Assert.Equal(StoreWriter.MetaOf(seed, index), record.Meta);
            Assert.True(expected.AsSpan(0, StoreWriter.PayloadOf(seed, index, expected)).SequenceEqual(record.Payload), $"round {seed}, record {index}");
            next[seed] = index + 1;
        }
        Assert.Equal(0, reader.SegmentsDamaged);
        foreach (var (seed, last) in acknowledged)
            Assert.True((long)next.GetValueOrDefault(seed) > last, $"round {seed}: {last} acknowledged, {next.GetValueOrDefault(seed)} found");
    }
}
