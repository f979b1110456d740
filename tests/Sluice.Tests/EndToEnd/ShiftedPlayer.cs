using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Net;

namespace Sluice.Tests.EndToEnd;

/// <summary>What a PLAY's answer said of its first packet.</summary>
internal sealed record PlayStart(string Range, ushort Sequence, uint Timestamp, string Scale);

/// <summary>A scripted RTSP client over UDP that asks for time; its packets go to a port of the test's.</summary>
internal sealed partial class ShiftedPlayer(RtspDialogue dialogue, string url, string session) : IDisposable
{
    public static async Task<ShiftedPlayer> SetUpAsync(EngineRig rig, int port)
    {
        var dialogue = await RtspDialogue.ConnectAsync(rig.RtspPort);
        var setup = await dialogue.AskAsync("SETUP", rig.RtspUrl, $"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}");
        Assert.Equal(200, setup.Status);
        return new ShiftedPlayer(dialogue, rig.RtspUrl, setup.Session);
    }

    public Task<RtspReply> AskAsync(string method, params string[] headers) => dialogue.AskAsync(method, url, [$"Session: {session}", .. headers]);

    public async Task<PlayStart> PlayAsync(params string[] headers)
    {
        var reply = await AskAsync("PLAY", headers);
        Assert.True(reply.Status == 200, $"PLAY {string.Join(", ", headers)}: {reply.Status}");
        var info = Info().Match(reply.Header("RTP-Info"));
        Assert.True(info.Success, reply.Header("RTP-Info"));
        return new PlayStart(reply.Header("Range"), ushort.Parse(info.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            uint.Parse(info.Groups[2].ValueSpan, CultureInfo.InvariantCulture), reply.Header("Scale"));
    }

    public async Task PauseAsync() => Assert.Equal(200, (await AskAsync("PAUSE")).Status);

    public void Dispose() => dialogue.Dispose();

    [GeneratedRegex(@";seq=(\d+);rtptime=(\d+)$")]
    private static partial Regex Info();
}
