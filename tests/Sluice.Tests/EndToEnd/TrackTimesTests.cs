using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Players;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Picture and sound that are tracks of their own, pushed by a real encoder and kept, at other times than now: both, and together.</summary>
[Collection(QuietMachine.Name)]
public sealed class TrackTimesTests(ITestOutputHelper output) : IDisposable
{
    private const string Channel = "cam";
    private const int Fps = TestClip.FramesPerSecond, AgoSeconds = 8;

    /// <summary>Of the sound's clip: 48,000 samples a second, 1,024 a piece.</summary>
    private const double PiecesPerSecond = 48_000 / 1_024.0;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    private readonly string _store = Directory.CreateTempSubdirectory("sluice-tracks-").FullName;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task PictureAndSoundGoToOtherTimesTogether()
    {
        await using var rig = await PublishRig.StartAsync(root =>
        {
            root["store"] = new JsonObject { ["path"] = Path.Combine(_store, "channels"), ["size"] = "64MiB", ["segment"] = "1MiB" };
            root["assets"] = new JsonObject { ["path"] = Path.Combine(_store, "assets") };
            root["channels"]![Channel]!["delay"] = new JsonObject { ["mode"] = "off" };
        }, Channel);
        await using var encoder = await Publisher.FfmpegAsync(rig.UrlOf(Channel), "udp");
        await rig.UntilOnlineAsync(Channel);
        var viewer = TimePlayer.PlayTracksAsync(rig.UrlOf(Channel), "tcp", "p5", "w4", "p4");
        using var session = await TrackedSession.SetUpAsync(rig, Channel);

        // Now, a pause, on from there, some seconds ago, and now again.
        var phases = new List<Phase> { await BeginAsync(session) };
        var began = DateTimeOffset.UtcNow;
        Assert.Equal("npt=now-", phases[0].Start.Picture.Range);
        await ReportedAsync(session, phases[0]);
        Assert.Equal(200, (await session.AskAsync("PAUSE")).Status);
        await Task.Delay(2_000);                                // the pause itself
        phases.Add(await BeginAsync(session));
        await ReportedAsync(session, phases[1]);
        await Eventually.TrueAsync("there is so much", s_bound, () => DateTimeOffset.UtcNow > began.AddSeconds(AgoSeconds + 0.5));
        phases.Add(await BeginAsync(session, $"Range: clock={DateTimeOffset.UtcNow.AddSeconds(-AgoSeconds).UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}-"));
        await ReportedAsync(session, phases[2]);
        await ComesAgainAsync(session.Picture, phases, phase => phase.Start.Picture);
        await ComesAgainAsync(session.Sound, phases, phase => phase.Start.Sound);
        phases.Add(await BeginAsync(session, "Range: npt=now-"));
        await ReportedAsync(session, phases[3]);

        foreach (var (name, record) in new[] { ("picture", session.Picture), ("sound", session.Sound) })
            output.WriteLine($"{name}: {record.Count} packets, {record.Reports.Count} reports");
        AssertOneRow(session.Picture.Taken(), [.. phases.Select(phase => phase.Start.Picture)], session.Picture.Ssrcs);
        AssertOneRow(session.Sound.Taken(), [.. phases.Select(phase => phase.Start.Sound)], session.Sound.Ssrcs);
        AssertSameAsFirst(session.Picture.Taken(), phases, phase => phase.Start.Picture);
        AssertSameAsFirst(session.Sound.Taken(), phases, phase => phase.Start.Sound);
        AssertTogether(session, phases);
        await AssertKeptByTrackAsync(rig);
        using var refused = await rig.Sluice.PostAsync("/api/assets/show", new JsonObject { ["channel"] = Channel, ["from"] = "now-5s", ["to"] = "now" });
        Assert.Equal(System.Net.HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("2 tracks", await refused.Content.ReadAsStringAsync());
        AssertWentOn(await viewer);
    }

    private sealed record Phase(long SinceNs, (PlayStart Picture, PlayStart Sound) Start);

    private static async Task<Phase> BeginAsync(TrackedSession session, params string[] headers)
    {
        var sinceNs = Kit.Rtp.Stamp.NowNs();
        return new Phase(sinceNs, await session.PlayAsync(headers));
    }

    // Long enough that a report of each track came, and some of the packets that it speaks of.
    private static Task ReportedAsync(TrackedSession session, Phase phase) => Eventually.TrueAsync("reports of both tracks", s_bound, () =>
        new[] { session.Picture, session.Sound }.All(track =>
        {
            lock (track.Packets)
                return track.Reports.Any(report => report.ArrivalNs > phase.SinceNs)
                    && track.Packets.Count(packet => packet.ArrivalNs > phase.SinceNs) > 2 * PiecesPerSecond / 5;
        }));

    // So many that the packet with which the pause ended is among them: the first is one of those before it.
    private static Task ComesAgainAsync(TrackRecord record, List<Phase> phases, Func<Phase, PlayStart> startOf) =>
        Eventually.TrueAsync("the pause is passed", s_bound, () =>
        {
            var packets = record.Taken();
            return At(packets, startOf(phases[2])) is >= 0 and var sought && packets.Length - sought > At(packets, startOf(phases[1])) + 5;
        });

    // RFC 3550 §5.1, RFC 2326 §12.33: one source, numbers without a hole, and each start where RTP-Info said.
    private static void AssertOneRow(TrackPacket[] packets, PlayStart[] starts, HashSet<uint> ssrcs)
    {
        Assert.Single(ssrcs);
        for (var i = 1; i < packets.Length; i++)
        {
            Assert.True((ushort)(packets[i].Sequence - packets[i - 1].Sequence) == 1, $"packet {i}: {packets[i - 1].Sequence} then {packets[i].Sequence}");
            Assert.True((int)(packets[i].Timestamp - packets[i - 1].Timestamp) >= 0, $"packet {i}: timestamps fall");
        }
        Assert.All(starts, start => Assert.True(At(packets, start) >= 0, $"{start} is not there"));
    }

    private static int At(TrackPacket[] packets, PlayStart start) =>
        Array.FindIndex(packets, packet => packet.Sequence == start.Sequence && packet.Timestamp == start.Timestamp);

    // What was seen live, then behind the pause, is seen once more from some seconds ago, packet by packet: the pause lost nothing.
    private static void AssertSameAsFirst(TrackPacket[] packets, List<Phase> phases, Func<Phase, PlayStart> startOf)
    {
        var (resumed, sought, left) = (At(packets, startOf(phases[1])), At(packets, startOf(phases[2])), At(packets, startOf(phases[3])));
        var first = packets[..sought].Select(packet => packet.Content).ToArray();
        var again = packets[sought..left].Select(packet => packet.Content).ToArray();
        // The sound is a tone, whose pieces come again by themselves.
        Assert.Contains(Enumerable.Range(0, resumed), at => at + again.Length > resumed + 5
            && first.AsSpan(at, Math.Min(first.Length - at, again.Length)).SequenceEqual(again.AsSpan(0, Math.Min(first.Length - at, again.Length))));
    }

    // By the reports of each time: how far the first sound of some seconds ago is from a picture beside it, and was when both were live.
    private void AssertTogether(TrackedSession session, List<Phase> phases)
    {
        var (pictures, sounds) = (session.Picture.Taken(), session.Sound.Taken());
        var picture = pictures[At(pictures, phases[2].Start.Picture)];
        var sound = sounds[At(sounds, phases[2].Start.Sound)];
        // The picture is the first of a group: what precedes it is for the decoder only.
        Assert.Contains(picture.First & 0x1F, new[] { 5, 7, 24, 28 });
        var againSeconds = session.Sound.SaidSeconds(sound, phases[2].SinceNs) - session.Picture.SaidSeconds(picture, phases[2].SinceNs);
        var livePicture = pictures.First(packet => packet.Content == picture.Content);
        var liveSeconds = sounds.TakeWhile(packet => packet.ArrivalNs < phases[1].SinceNs).Where(packet => packet.Content == sound.Content)
            .Select(packet => session.Sound.SaidSeconds(packet, phases[0].SinceNs) - session.Picture.SaidSeconds(livePicture, phases[0].SinceNs))
            .MinBy(seconds => Math.Abs(seconds - againSeconds));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"sound after picture: live {liveSeconds * 1e3:0.0} ms, again {againSeconds * 1e3:0.0} ms"));
        Assert.InRange(againSeconds - liveSeconds, -0.015, 0.015);
        // And as they left: both began at one time.
        Assert.InRange((sound.ArrivalNs - picture.ArrivalNs) / 1e6, -50, 250);
    }

    private static async Task AssertKeptByTrackAsync(EngineRig rig)
    {
        var kept = (await rig.Sluice.GetAsync("/api/status"))["store"]!["channels"]!.AsArray();
        Assert.Equal([0, 1], kept.Select(one => one!["track"]!.GetValue<int>()));
        Assert.All(kept, one => Assert.InRange(one!["heldSeconds"]!.GetValue<double>(), AgoSeconds - 1, 60));
        Assert.All(kept, one => Assert.Equal(0, one!["recordsDropped"]!.GetValue<long>()));
    }

    private void AssertWentOn((TimeStep[] Steps, string Log) play)
    {
        output.WriteLine(string.Join("; ", play.Steps.AsEnumerable()));
        Assert.True(play.Steps.Length == 3, play.Log);
        Assert.InRange(play.Steps[0].Frames, Fps, 6 * Fps);
        Assert.InRange(play.Steps[2].Frames - play.Steps[1].Frames, 2 * Fps, 6 * Fps);
        Assert.InRange(play.Steps[2].Sounds - play.Steps[1].Sounds, (int)(2 * PiecesPerSecond), (int)(6 * PiecesPerSecond));
    }
}
