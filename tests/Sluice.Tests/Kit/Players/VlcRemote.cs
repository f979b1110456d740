using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Sluice.Tests.Kit.Players;

/// <summary>VLC's rc interface over TCP: asks for its statistics, then shuts it down.</summary>
internal static partial class VlcRemote
{
    private static readonly TimeSpan s_replyMax = TimeSpan.FromSeconds(3);

    /// <summary>Pictures shown plus pictures dropped by the output, by VLC's own count; 0 when it does not answer.</summary>
    public static async Task<int> FramesThenShutDownAsync(int port)
    {
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync("127.0.0.1", port).WaitAsync(s_replyMax).ConfigureAwait(false);
            using var reader = new StreamReader(connection.GetStream());
            await using var writer = new StreamWriter(connection.GetStream()) { AutoFlush = true, NewLine = "\n" };
            var frames = await FramesAsync(reader, writer).ConfigureAwait(false);
            await writer.WriteLineAsync("shutdown").ConfigureAwait(false);
            return frames;
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return 0;
        }
    }

    private static async Task<int> FramesAsync(StreamReader reader, StreamWriter writer)
    {
        // The input thread of VLC 3 refreshes the statistics of a push demuxer (rtp) only after a control request, at most every
        // 250 ms: "normal" (play at normal speed) is one that changes nothing. Twice, so that the second finds the first's interval over.
        for (var i = 0; i < 2; i++)
        {
            await writer.WriteLineAsync("normal").ConfigureAwait(false);
            await Task.Delay(300).ConfigureAwait(false);
        }
        await writer.WriteLineAsync("stats").ConfigureAwait(false);
        int? shown = null, dropped = null;
        while (dropped is null && await reader.ReadLineAsync().WaitAsync(s_replyMax).ConfigureAwait(false) is { } line)
        {
            if (Statistic().Match(line) is not { Success: true } match) continue;
            var value = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            if (match.Groups[1].ValueSpan is "displayed") shown = value;
            else dropped = value;
        }
        return shown.GetValueOrDefault() + dropped.GetValueOrDefault();
    }

    [GeneratedRegex(@"\| frames (displayed|lost)\s*:\s*(\d+)")]
    private static partial Regex Statistic();
}
