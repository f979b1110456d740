using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Net;

/// <summary>One line of tshark's RTP analysis, and the number of sequence numbers below their predecessor, which it flags but does not count.</summary>
internal sealed record RtpStream(string Ssrc, int DestinationPort, int Packets, int Lost, int OutOfOrder, bool HasProblems);

/// <summary>tshark's judgement of a capture.</summary>
internal static partial class Tshark
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    /// <summary><c>-z rtp,streams</c> over the capture, with the given UDP ports decoded as RTP.</summary>
    public static async Task<RtpStream[]> RtpStreamsAsync(string capture, params int[] rtpPorts)
    {
        var decode = DecodeAs(rtpPorts, "rtp");
        var table = await RunAsync(["-r", capture, .. decode, "-q", "-z", "rtp,streams"]).ConfigureAwait(false);
        var sequences = await RunAsync(["-r", capture, .. decode, "-Y", "rtp", "-T", "fields", "-e", "rtp.ssrc", "-e", "udp.dstport", "-e", "rtp.seq"])
            .ConfigureAwait(false);
        return [.. table.Select(line => StreamLine().Match(line)).Where(m => m.Success).Select(m => ToStream(m, sequences))];
    }

    /// <summary>The lines that tshark marks as malformed, with RTSP, RTP and RTCP decoded on the given ports.</summary>
    public static Task<string[]> MalformedAsync(string capture, int[] rtspPorts, int[] rtpPorts) => RunAsync(
    [
        "-r", capture, .. rtspPorts.SelectMany(p => new[] { "-d", $"tcp.port=={p},rtsp" }),
        .. DecodeAs(rtpPorts, "rtp"), .. DecodeAs([.. rtpPorts.Select(p => p + 1)], "rtcp"), "-Y", "_ws.malformed",
    ]);

    /// <summary>MPEG-TS packets that tshark misses by their continuity counters.</summary>
    public static Task<string[]> ContinuityErrorsAsync(string capture, params int[] rtpPorts) =>
        RunAsync(["-r", capture, .. DecodeAs(rtpPorts, "rtp"), "-Y", "mp2t.cc.drop"]);

    /// <summary>The packets that a display filter lets through: the given fields with tabs between, or tshark's own line.</summary>
    public static Task<string[]> LinesAsync(string capture, string filter, params string[] fields) => RunAsync(
        ["-r", capture, "-Y", filter, .. fields.Length == 0 ? [] : (string[])["-T", "fields", .. fields.SelectMany(f => new[] { "-e", f })]]);

    /// <summary>The same with RTSP on a port of ours; RTP and RTCP are then where its SETUPs put them.</summary>
    public static Task<string[]> RtspLinesAsync(string capture, int rtspPort, string filter, params string[] fields) => RunAsync(
        ["-r", capture, "-d", $"tcp.port=={rtspPort},rtsp", "-Y", filter, "-T", "fields", .. fields.SelectMany(f => new[] { "-e", f })]);

    /// <summary>The packet types of each compound that went to a port's RTCP port, as <c>200,202</c>.</summary>
    public static Task<string[]> RtcpTypesAsync(string capture, int rtpPort) =>
        RunAsync(["-r", capture, .. DecodeAs([rtpPort + 1], "rtcp"), "-Y", $"udp.dstport=={rtpPort + 1}", "-T", "fields", "-e", "rtcp.pt"]);

    /// <summary>The payload type of each RTP packet that came from or went to a port.</summary>
    public static Task<string[]> RtpTypesAsync(string capture, int rtpPort) =>
        RunAsync(["-r", capture, .. DecodeAs([rtpPort], "rtp"), "-Y", "rtp", "-T", "fields", "-e", "rtp.p_type"]);

    private static IEnumerable<string> DecodeAs(int[] ports, string protocol) => ports.SelectMany(p => new[] { "-d", $"udp.port=={p},{protocol}" });

    private static RtpStream ToStream(Match match, string[] sequences)
    {
        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        var (ssrc, port) = (match.Groups["ssrc"].Value, Number("port"));
        return new RtpStream(ssrc, port, Number("packets"), Number("lost"), OutOfOrder(sequences, ssrc, port), match.Groups["problem"].Success);
    }

    private static int OutOfOrder(string[] sequences, string ssrc, int port)
    {
        var mine = sequences.Select(l => l.Split('\t'))
            .Where(f => f.Length == 3 && f[0].Equals(ssrc, StringComparison.OrdinalIgnoreCase) && f[1] == port.ToString(CultureInfo.InvariantCulture))
            .Select(f => ushort.Parse(f[2], CultureInfo.InvariantCulture)).ToArray();
        return mine.Zip(mine.Skip(1)).Count(pair => (short)(pair.Second - pair.First) <= 0);
    }

    private static async Task<string[]> RunAsync(string[] arguments)
    {
        // Every line counts here, so they are taken one by one and not from the bounded log.
        var lines = new List<string>();
        await using var tshark = ChildProcess.Start("tshark", ["-n", .. arguments], line => { if (!line.IsError) lines.Add(line.Text); });
        if (await tshark.WaitForExitAsync(s_bound).ConfigureAwait(false) != 0) throw new ChildProcessException(tshark, "failed");
        return [.. lines];
    }

    // start end source port destination port SSRC payload packets lost (percent) ... problems
    [GeneratedRegex(@"^\s*\d+\.\d+\s+\d+\.\d+\s+\S+\s+\d+\s+\S+\s+(?<port>\d+)\s+(?<ssrc>0x[0-9A-Fa-f]+)\s+\S.*?\s(?<packets>\d+)\s+(?<lost>-?\d+) \([-\d.]+%\).*?(?<problem> X)?\s*$")]
    private static partial Regex StreamLine();
}
