using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Store.Assets;

namespace Sluice.Tests.EndToEnd;

/// <summary><c>sluice asset</c> of the published binary against the running engine.</summary>
public class AssetCommandTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task AFileGoesInAndComesBackAndGoes()
    {
        await using var rig = await AssetRig.StartAsync();
        var (clip, back) = (await TestClip.PathAsync(), TestFolder.NewFile("back.ts"));
        File.Delete(back);

        Assert.Contains("film is whole: play it at", await AskAsync(rig, 0, "put", clip, "--name", "film"));
        Assert.Contains("film was whole already", await AskAsync(rig, 0, "put", clip, "--name", "film"));
        Assert.Matches(@"film +complete +00:00:(59|60) .* upload", (await AskAsync(rig, 0, "ls")).Replace("00:01:00", "00:00:60", StringComparison.Ordinal));
        Assert.Contains("film is in", await AskAsync(rig, 0, "get", "film", back));
        Assert.Equal(Hash(clip), Hash(back));
        Assert.Contains("--force", await AskAsync(rig, 2, "get", "film", back));

        // A download that was broken off goes on, and one of something else is found out.
        var bytes = await File.ReadAllBytesAsync(clip);
        await File.WriteAllBytesAsync(back + ".part", bytes[..1_000_003]);
        await AskAsync(rig, 0, "get", "film", back, "--force");
        Assert.Equal(Hash(clip), Hash(back));
        bytes[7] ^= 1;
        await File.WriteAllBytesAsync(back + ".part", bytes[..1_000_003]);
        Assert.Contains("thrown away", await AskAsync(rig, 1, "get", "film", back, "--force"));
        Assert.False(File.Exists(back + ".part"));

        var other = TestFolder.NewFile("other.ts");
        await File.WriteAllBytesAsync(other, new PcrFile { Packets = 3_000 }.Bytes());
        Assert.Contains("sluice asset rm film first", await AskAsync(rig, 1, "put", other, "--name", "film"));
        Assert.Contains("film is deleted", await AskAsync(rig, 0, "rm", "film"));
        Assert.Contains("Unknown asset", await AskAsync(rig, 1, "rm", "film"));
        Assert.Contains("Unknown asset", await AskAsync(rig, 1, "get", "film", TestFolder.NewFile("none.ts"), "--force"));
        Assert.Contains("is not a name", await AskAsync(rig, 2, "put", other, "--name", "a b"));
    }

    [Fact]
    public async Task AnUploadGoesOnAfterABreakAndAKill()
    {
        await using var rig = await AssetRig.StartAsync();
        var (file, bytes) = (TestFolder.NewFile("large.ts"), new PcrFile { Packets = 20_000 }.Bytes());
        await File.WriteAllBytesAsync(file, bytes);
        using (var piece = await rig.PutPieceAsync("large", bytes, 0, 700_001))
            Assert.True(piece.IsSuccessStatusCode);
        await rig.KillAndStartAsync();

        var before = await TakenAsync(rig);
        Assert.Contains("large is whole", await AskAsync(rig, 0, "put", file, "--name", "large"));
        Assert.Equal(bytes.Length - 700_001, await TakenAsync(rig) - before);       // only what was missing came
        Assert.Equal(Hash(file), PcrFile.Sha256(await rig.FileAsync("large")));
    }

    [Fact]
    public async Task PullsAndRecordsAndSaysWhyNot()
    {
        await using var rig = await AssetRig.StartAsync();
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        var file = new PcrFile { Packets = 6_000 }.Bytes();
        await using var upstream = new UpstreamServer(file, new() { CutAfter = 400_000 }, new());
        Assert.Contains("object is whole", await AskAsync(rig, 0, "pull", upstream.Url));
        Assert.Equal(PcrFile.Sha256(file), PcrFile.Sha256(await rig.FileAsync("object")));
        Assert.Contains("Not pulled from there", await AskAsync(rig, 1, "pull", "http://169.254.169.254/x.ts"));
        await using var gone = new UpstreamServer(file, new UpstreamMood { Status = 404 });
        Assert.Contains("404", await AskAsync(rig, 1, "pull", gone.Url, "--name", "gone"));

        await Eventually.TrueAsync("seconds held", s_bound, async () =>
            (await rig.Sluice.GetAsync("/api/status"))["store"]!["channels"]![0]!["heldSeconds"]!.GetValue<double>() > 3);
        Assert.Contains("cut is whole", await AskAsync(rig, 0, "record", "news", "--from", "2s", "--to", "now+1s", "--name", "cut"));
        Assert.Contains("Unknown channel", await AskAsync(rig, 1, "record", "nowhere", "--from", "2s"));
        Assert.Contains("The time is not understood", await AskAsync(rig, 1, "record", "news", "--from", "soon"));
        Assert.Contains("on its way", await AskAsync(rig, 0, "record", "news", "--to", "now+1s", "--name", "later", "--no-wait"));
    }

    [Fact]
    public async Task SaysHowToReachAnEngineAndOneWithoutAssets()
    {
        var port = FreePorts.One();
        var (code, said) = await SluiceProcess.RunToEndAsync("asset", "ls", "--admin", $"127.0.0.1:{port}");
        Assert.Equal(1, code);
        Assert.Contains("no engine answers", said, StringComparison.Ordinal);
        Assert.Contains("--admin URL", said, StringComparison.Ordinal);
        await using var rig = await AssetRig.StartAsync(root => root.Remove("assets"));
        Assert.Contains("keeps no assets", await AskAsync(rig, 1, "ls"));
        Assert.Contains("not both", await AskAsync(rig, 2, "ls", "--config", "x.json"));
        var config = SluiceProcess.WriteConfiguration(new JsonObject
        {
            ["admin"] = new JsonObject { ["listen"] = $"0.0.0.0:{rig.Admin.Port}" },
            ["channels"] = new JsonObject { ["a"] = new JsonObject { ["sources"] = new JsonArray("rtp://@:5004") } },
        }.ToJsonString());
        (code, said) = await SluiceProcess.RunToEndAsync("asset", "ls", "--config", config);
        Assert.True(code == 1 && said.Contains("keeps no assets", StringComparison.Ordinal), said);
    }

    private static async Task<string> AskAsync(AssetRig rig, int expected, params string[] arguments)
    {
        var (code, said) = await SluiceProcess.RunToEndAsync(["asset", .. arguments, "--admin", $"http://{rig.Admin}"]);
        Assert.True(code == expected, $"{code}, not {expected}: {said}");
        return said;
    }

    private static async Task<long> TakenAsync(AssetRig rig)
    {
        var lines = (await rig.Sluice.GetTextAsync("/metrics")).Split('\n');
        var line = lines.First(text => text.StartsWith("sluice_assets_received_bytes_total", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Hash(string path) => PcrFile.Sha256(File.ReadAllBytes(path));
}
