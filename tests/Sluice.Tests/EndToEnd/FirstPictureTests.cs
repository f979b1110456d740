using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Sluice.Wire.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// Viewers join x264 and x265 streams with a GOP of two seconds at random phases, with instant start and without. Printed: from PLAY to
/// the last packet of the first picture that decodes. Asserted: what no load on the machine changes.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class FirstPictureTests(FirstPictureStreams streams, ITestOutputHelper output) : IClassFixture<FirstPictureStreams>
{
    private const int Joins = 10, Seed = 41, GopMs = FirstPictureStreams.GopMs, PrefaceMax = 4;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(15);

    private sealed record Row(string Media, string By, bool Instant)
    {
        public string Channel => $"{Media}-{(Instant ? "instant" : "live")}";
        public List<JoiningViewer> Viewers { get; } = [];
        public IEnumerable<double> TimesMs => Viewers.Select(v => v.PictureMs).Order();
    }

    [Fact]
    public async Task ComesAtOnceWithInstantStart()
    {
        Row[] rows =
        [
            new("ts", "rtsp/udp", true), new("ts", "rtsp/tcp", true), new("ts", "rtsp/udp", false), new("ts", "http", true), new("ts", "http", false),
            new("h264", "rtsp/udp", true), new("h264", "rtsp/udp", false), new("h265", "rtsp/udp", true), new("h265", "rtsp/udp", false),
        ];
        var random = new Random(Seed);
        await Task.WhenAll(rows.SelectMany(row => Enumerable.Range(0, Joins).Select(_ => JoinAsync(row, random.Next(2 * GopMs)))));
        Say($"from PLAY to the first picture that decodes, ms ({Joins} joins at random phases, GOP {GopMs} ms, seed {Seed})");
        Say($"{"stream",-22} {"start",-8} {"min",6} {"median",7} {"max",6}");
        foreach (var row in rows)
        {
            var times = row.TimesMs.ToArray();
            var (stream, start) = ($"{row.Media} {row.By}", row.Instant ? "instant" : "live");
            Say($"{stream,-22} {start,-8} {times[0],6:0} {times[Joins / 2],7:0} {times[^1],6:0}");
        }
        await Task.WhenAll(rows.Select(CheckAsync));
        foreach (var row in rows.Where(row => row.Instant))
            Assert.True(row.TimesMs.ElementAt(Joins / 2) < GopMs / 2, $"{row.Channel}: the median viewer waited half a GOP or longer");
    }

    [Fact]
    public async Task AViewerEndsInItsOwnPlace()
    {
        // The reference output leaves at once; a viewer's packet may follow by its delay and no more, once it has caught up.
        var before = await streams.Engine.Sluice.GetTextAsync("/metrics");
        var viewers = Enumerable.Range(0, 3).Select(_ => Viewer("ts-instant", "ts")).ToArray();
        await Task.WhenAll(viewers.Select((viewer, i) => JoinLaterAsync(viewer, i * 700, stayMs: 8_000)));
        var leftNs = streams.LeftNs();
        foreach (var viewer in viewers)
        {
            var behind = viewer.Packets.Where(p => leftNs.ContainsKey(Key(p.Datagram))).Select(p => (p.AtNs - leftNs[Key(p.Datagram)]) / 1e6).ToArray();
            Assert.NotEmpty(behind);
            var (first, last) = (behind[0], behind[^50..].Order().ElementAt(25));
            Say($"behind the undelayed output: {first:0} ms with the first packet, {last:0.0} ms in the end, after {viewer.Packets.Count} packets");
            CheckNumbers(viewer);
        }
        var metrics = await streams.Engine.Sluice.GetTextAsync("/metrics");
        Assert.Equal(3, Counter(metrics, "caught_up") - Counter(before, "caught_up"));
        Assert.Equal(0, Counter(metrics, "lost_place") - Counter(before, "lost_place"));
        // Spread delays are all below 500 ms.
        Assert.All(viewers, viewer => Assert.InRange(
            viewer.Packets.TakeLast(50).Select(p => (p.AtNs - leftNs.GetValueOrDefault(Key(p.Datagram), p.AtNs)) / 1e6).Order().ElementAt(25), -1, 500));
    }

    /// <summary>ffmpeg itself, from the start of the process to the end of its first frame: what a person with a player sees, probing included.</summary>
    [Fact]
    public async Task APlayerShowsItSooner()
    {
        foreach (var media in new[] { "ts", "h264" })
            await Task.WhenAll(new[] { $"{media}-instant", $"{media}-live" }.Select(async channel =>
            {
                var times = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => PlayAsync(streams.Url(channel), i * 600)));
                Say($"ffmpeg -i {channel} -frames:v 1, start to end: {string.Join(", ", times.Order().Select(t => $"{t:0}"))} ms");
                Assert.All(times, time => Assert.True(double.IsFinite(time)));
            }));
    }

    private async Task JoinAsync(Row row, int afterMs)
    {
        var viewer = Viewer(row.Channel, row.Media);
        lock (row.Viewers) row.Viewers.Add(viewer);
        if (row.By == "http")
            await JoinByHttpAsync(viewer, row.Channel, afterMs);
        else
            await JoinLaterAsync(viewer, afterMs, stayMs: 0, row.By == "rtsp/tcp");
    }

    // The phase is drawn, not waited for: nothing has to have happened by then.
    private static async Task JoinLaterAsync(JoiningViewer viewer, int afterMs, int stayMs, bool tcp = false)
    {
        await Task.Delay(afterMs);
        await viewer.JoinAsync(tcp, stayMs, s_bound);
    }

    private async Task JoinByHttpAsync(JoiningViewer viewer, string channel, int afterMs)
    {
        await Task.Delay(afterMs);
        await viewer.JoinByHttpAsync(new IPEndPoint(IPAddress.Loopback, streams.HttpPort), $"/channels/{channel}.ts", s_bound);
    }

    private static async Task CheckAsync(Row row)
    {
        foreach (var viewer in row.Viewers)
        {
            Assert.True(viewer.Picture.IsWhole, $"{row}: no picture within {s_bound.TotalSeconds} s");
            if (row.By != "http")
                CheckNumbers(viewer);
            Assert.True(await viewer.Picture.DecodedFramesAsync() > 0, $"{row}: what had come by then does not decode");
            // Tables, or parameter sets and SEI: a handful of packets, and then the picture begins.
            if (row.Instant)
                Assert.InRange(viewer.Picture.PacketsBeforeKey, 0, PrefaceMax);
        }
    }

    private static void CheckNumbers(JoiningViewer viewer)
    {
        var info = Regex.Match(viewer.RtpInfo, @"seq=(\d+);rtptime=(\d+)");
        var headers = viewer.Packets.Select(p => RtpHeader.TryRead(p.Datagram, out var header) ? header : default).ToArray();
        Assert.Equal((info.Groups[1].Value, info.Groups[2].Value), ($"{headers[0].SequenceNumber}", $"{headers[0].Timestamp}"));
        Assert.Equal(Enumerable.Range(0, headers.Length).Select(n => (ushort)(headers[0].SequenceNumber + n)), headers.Select(h => h.SequenceNumber));
    }

    private static async Task<double> PlayAsync(string url, int afterMs)
    {
        await Task.Delay(afterMs);
        var startNs = Stamp.NowNs();
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
        [
            "-hide_banner", "-nostdin", "-loglevel", "error", "-fflags", "nobuffer", "-fpsprobesize", "0", "-i", url, "-frames:v", "1", "-f", "null", "-",
        ]);
        return await ffmpeg.WaitForExitAsync(s_bound) == 0 ? (Stamp.NowNs() - startNs) / 1e6 : double.PositiveInfinity;
    }

    private static string Key(byte[] datagram) => FirstPictureStreams.Key(datagram);

    private static long Counter(string metrics, string result)
    {
        var line = Regex.Match(metrics, $@"^sluice_client_starts_total{{result=""{result}""}} (\d+)", RegexOptions.Multiline);
        return long.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private JoiningViewer Viewer(string channel, string media) => new(streams.Url(channel), streams.Engine.RtspPort, FirstPicture.Of(media));

    private void Say(FormattableString line)
    {
        output.WriteLine(FormattableString.Invariant(line));
        Console.WriteLine(FormattableString.Invariant(line));
    }
}
