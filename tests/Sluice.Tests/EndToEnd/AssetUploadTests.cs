using System.Net;
using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Store.Assets;

namespace Sluice.Tests.EndToEnd;

/// <summary>Files that come by PUT to the published binary and go back by GET, in pieces, broken off, killed, refused.</summary>
public class AssetUploadTests
{
    [Fact]
    public async Task CurlBringsAFileAndTakesItBackToTheByte()
    {
        await using var rig = await AssetRig.StartAsync(WithUser);
        var clip = await TestClip.PathAsync();
        var back = TestFolder.NewFile("back.ts");

        Assert.Equal("401", await CurlAsync("--upload-file", clip, rig.Url("clip")));
        Assert.Equal("201", await CurlAsync("--digest", "--user", "anna:pw", "--upload-file", clip, rig.Url("clip")));
        Assert.Equal("409", await CurlAsync("--digest", "--user", "anna:pw", "--upload-file", clip, rig.Url("clip")));
        Assert.Equal("200", await CurlAsync("--output", back, rig.Url("clip")));
        Assert.Equal(Hash(clip), Hash(back));

        // A download that was broken off goes on by ranges.
        File.WriteAllBytes(back, File.ReadAllBytes(back)[..1_000_003]);
        Assert.Equal("206", await CurlAsync("--continue-at", "-", "--output", back, rig.Url("clip")));
        Assert.Equal(Hash(clip), Hash(back));

        var status = await rig.StatusAsync("clip");
        Assert.Equal(("complete", new FileInfo(clip).Length), ((string)status["state"]!, (long)status["bytes"]!));
        Assert.InRange((double)status["seconds"]!, TestClip.Seconds - 1, TestClip.Seconds + 1);
        Assert.Contains("sluice_assets{state=\"complete\"} 1", await rig.Sluice.GetTextAsync("/metrics"), StringComparison.Ordinal);

        // The same directory is a store to people.
        var (code, said) = await SluiceProcess.RunToEndAsync("store", "verify", "--store", rig.Folder);
        Assert.True(code == 0, said);
        var exported = TestFolder.NewFile("exported.ts");
        (code, said) = await SluiceProcess.RunToEndAsync("store", "export", "--store", rig.Folder, "--channel", "clip", exported);
        Assert.True(code == 0, said);
        Assert.Equal(Hash(clip), Hash(exported));

        Assert.Equal("401", await CurlAsync("--request", "DELETE", rig.Url("clip")));
        Assert.Equal("204", await CurlAsync("--digest", "--user", "anna:pw", "--request", "DELETE", rig.Url("clip")));
        Assert.Equal("404", await CurlAsync("--output", "/dev/null", rig.Url("clip")));
        Assert.False(Directory.Exists(Path.Combine(rig.Folder, "clip")));
    }

    [Fact]
    public async Task PiecesGoOnAfterBreaksAndKills()
    {
        await using var rig = await AssetRig.StartAsync();
        var bytes = new PcrFile { Packets = 20_000 }.Bytes();
        var random = new Random(11);

        using (var first = await rig.PutPieceAsync("clip", bytes, 0, 500_001))
            Assert.Equal((HttpStatusCode.Accepted, "500001"), (first.StatusCode, first.Headers.GetValues("Upload-Offset").Single()));
        using (var wrong = await rig.PutPieceAsync("clip", bytes, 400_000, 500_001))
            Assert.Equal((HttpStatusCode.Conflict, "500001"), (wrong.StatusCode, wrong.Headers.GetValues("Upload-Offset").Single()));

        await rig.KillAndStartAsync();
        Assert.Equal(500_001, await rig.NextByteAsync("clip"));

        // The sender dies in the middle of a piece: what came stays.
        await BreakOffAsync(rig, bytes, 500_001, 700_000);
        // What the listener had not handed on when it heard of the end is lost.
        await Eventually.TrueAsync("what came, and that its sender has gone", TimeSpan.FromSeconds(10), async () =>
            await rig.NextByteAsync("clip") >= 900_000 && (string)(await rig.StatusAsync("clip"))["state"]! == "incomplete");

        // The engine dies in the middle of a piece: what was written stays.
        var next = await rig.NextByteAsync("clip");
        var dying = BreakOffAsync(rig, bytes, next, 900_000, holdMs: 300);
        await Eventually.TrueAsync("some of it", TimeSpan.FromSeconds(10), async () => (long)(await rig.StatusAsync("clip"))["bytes"]! > next + 300_000);
        await rig.KillAndStartAsync();
        await dying;
        var kept = await rig.NextByteAsync("clip");
        Assert.InRange(kept, next, next + 900_000);

        for (; kept < bytes.Length; kept = Math.Min(bytes.Length, kept))
        {
            var length = Math.Min(random.Next(200_000, 1_000_000), bytes.Length - (int)kept);
            using var piece = await rig.PutPieceAsync("clip", bytes, kept, length);
            kept += length;
            Assert.Equal(kept == bytes.Length ? HttpStatusCode.Created : HttpStatusCode.Accepted, piece.StatusCode);
        }
        Assert.Equal(PcrFile.Sha256(bytes), PcrFile.Sha256(await rig.FileAsync("clip")));
    }

    [Fact]
    public async Task WhatIsNotWhatItShouldBeIsRefusedAndGone()
    {
        await using var rig = await AssetRig.StartAsync(root =>
        {
            root["assets"]!["size"] = "32MiB";
            root["assets"]!["assetSize"] = "5MiB";
        });
        var bytes = new PcrFile { Packets = 5_000 }.Bytes();
        var digest = $"sha-256=:{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(bytes))}:";

        async Task<HttpStatusCode> PutAsync(string name, byte[] body, params (string, string)[] headers)
        {
            using var answer = await rig.SendAsync(HttpMethod.Put, name, body, headers);
            return answer.StatusCode;
        }

        var other = $"sha-256=:{Convert.ToBase64String(new byte[32])}:";
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync("a", bytes, ("Repr-Digest", other)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync("a", [.. "not a film"u8.ToArray(), .. new byte[3 << 20]]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PutAsync("a", new byte[6 << 20], ("Expect", "100-continue")));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync("a.ts", bytes));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync("a%20b", bytes));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync("a", bytes, ("Content-Range", "bytes 0-5/10")));
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync("a", bytes, ("Upload-Offset", "100"), ("Upload-Complete", "?1")));
        Assert.Equal(HttpStatusCode.Created, await PutAsync("a", bytes, ("Repr-Digest", digest), ("Content-Digest", digest)));
        // One that is not whole has its segment promised beside what it holds: then there is no room for another.
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync("b", bytes, ("Content-Range", $"bytes 0-{bytes.Length - 1}/{bytes.Length + 1}")));
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PutAsync("c", bytes));
        Assert.Equal(["a", "b"], ((JsonArray)(await rig.Sluice.GetAsync("/api/assets"))["assets"]!).Select(asset => (string)asset!["name"]!));
    }

    /// <summary>A file in the directory's place, at the start and later: an alarm and a refusal, and all is well when it is gone.</summary>
    [Fact]
    public async Task ADirectoryThatCannotBeUsedIsAnAlarmUntilItCan()
    {
        var path = Path.Combine(TestFolder.Create("unusable"), "assets");
        await File.WriteAllTextAsync(path, "in the way");
        await using var rig = await AssetRig.StartAsync(root => root["assets"]!["path"] = path);
        var bytes = new PcrFile { Packets = 3_000 }.Bytes();
        async Task<HttpStatusCode> PutAsync(string name)
        {
            using var answer = await rig.SendAsync(HttpMethod.Put, name, bytes);
            return answer.StatusCode;
        }

        await AlarmAsync(rig, isRaised: true);
        Assert.Contains("sluice_assets_usable 0", await rig.Sluice.GetTextAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync("a"));
        File.Delete(path);
        await AlarmAsync(rig, isRaised: false);
        Assert.Equal(HttpStatusCode.Created, await PutAsync("a"));
        Assert.Contains("sluice_assets_usable 1", await rig.Sluice.GetTextAsync("/metrics"), StringComparison.Ordinal);

        Directory.Move(path, path + "-away");
        await File.WriteAllTextAsync(path, "in the way");
        await AlarmAsync(rig, isRaised: true);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync("b"));
        File.Delete(path);
        Directory.Move(path + "-away", path);
        await AlarmAsync(rig, isRaised: false);
        Assert.Equal(PcrFile.Sha256(bytes), PcrFile.Sha256(await rig.FileAsync("a")));
    }

    private static Task AlarmAsync(AssetRig rig, bool isRaised) => Eventually.TrueAsync($"the alarm {isRaised}", TimeSpan.FromSeconds(15), async () =>
        (await rig.Sluice.GetAsync("/api/status"))["alarms"]!.AsArray().Any(alarm => (string?)alarm!["code"] == "assets-unusable") == isRaised);

    /// <summary>An object has no outputs of its own; the channel that plays it has.</summary>
    [Fact]
    public async Task OffsetsOfAnUploadAreThoseOfTheChannelThatPlaysIt()
    {
        await using var rig = await AssetRig.StartAsync(root =>
        {
            WithUser(root);
            root["channels"]!["cinema"] = new JsonObject
            {
                ["sources"] = new JsonArray("asset:film"), ["offsets"] = "provider", ["outputs"] = new JsonArray($"rtp://127.0.0.1:{FreePorts.Pair()}?offset=1s"),
            };
        });
        var file = TestFolder.NewFile("film.ts");
        await File.WriteAllBytesAsync(file, new PcrFile { Packets = 3_000 }.Bytes());
        string[] Put(string name, string offset) =>
            ["--digest", "--user", "anna:pw", "--header", $"X-Sluice-Offset: {offset}", "--upload-file", file, rig.Url(name)];

        Assert.Equal("401", await CurlAsync("--header", "X-Sluice-Offset: 3", "--upload-file", file, rig.Url("film")));
        Assert.Equal("400", await CurlAsync(Put("film", "soon")));
        Assert.Equal("422", await CurlAsync(Put("other", "3")));
        Assert.Equal(1, await OffsetAsync(rig));
        Assert.Equal("201", await CurlAsync(Put("film", "3")));
        Assert.Equal(3, await OffsetAsync(rig));
        Assert.Empty(Directory.GetDirectories(rig.Folder, "other"));
    }

    private static async Task<double> OffsetAsync(AssetRig rig) =>
        (double)(await rig.Sluice.GetAsync("/api/channels/cinema/offsets"))["offsets"]![0]!["offset"]!;

    private static void WithUser(JsonObject root)
    {
        root["users"] = new JsonObject { ["anna"] = new JsonObject { ["password"] = "pw" } };
        root["assets"]!["publish"] = new JsonArray("anna");
    }

    // Sends a piece's head and not all of its bytes, then goes without a word.
    private static async Task BreakOffAsync(AssetRig rig, byte[] bytes, long from, int length, int holdMs = 0)
    {
        using var peer = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await peer.ConnectAsync(rig.Admin);
        await peer.SendAsync(System.Text.Encoding.ASCII.GetBytes(
            $"PUT /assets/clip HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bytes.Length - from}\r\n"
            + $"Content-Range: bytes {from}-{bytes.Length - 1}/{bytes.Length}\r\n\r\n"));
        try
        {
            for (var at = 0; at < length; at += 100_000)
            {
                await peer.SendAsync(bytes.AsMemory((int)from + at, Math.Min(100_000, length - at)));
                if (holdMs > 0)
                    await Task.Delay(holdMs / 4);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The engine was killed, as the test wanted.
        }
    }

    private static string Hash(string path) => PcrFile.Sha256(File.ReadAllBytes(path));

    private static async Task<string> CurlAsync(params string[] arguments)
    {
        await using var curl = ChildProcess.Start("curl", 
            ["--silent", .. arguments.Contains("--output") ? [] : new[] { "--output", "/dev/null" }, "--write-out", "%{http_code}", .. arguments]);
        await curl.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return curl.Output.Tail().Trim().Split(' ', '\n')[^1];
    }
}
