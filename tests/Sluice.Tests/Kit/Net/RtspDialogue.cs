using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.Kit.Net;

/// <summary>One RTSP response: status, headers (names as sent) and body.</summary>
internal sealed record RtspReply(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Header(string name) => Headers.TryGetValue(name, out var value) ? value : "";

    /// <summary>The session id without its time-out.</summary>
    public string Session => Header("Session").Split(';')[0];
}

/// <summary>A hand-driven RTSP client for the cases that no real client makes: wrong, slow, silent, vanished.</summary>
internal sealed class RtspDialogue : IDisposable
{
    private static readonly TimeSpan s_replyMax = TimeSpan.FromSeconds(5);
    private readonly TcpClient _connection = new();
    private NetworkStream Stream => _connection.GetStream();
    private int _sequence;

    public static async Task<RtspDialogue> ConnectAsync(int port, int? receiveBufferBytes = null)
    {
        var dialogue = new RtspDialogue();
        // A small window must be set before the connection is made, or its scale is fixed already (tcp(7)).
        if (receiveBufferBytes is { } bytes) dialogue._connection.ReceiveBufferSize = bytes;
        dialogue._connection.NoDelay = true;
        await dialogue._connection.ConnectAsync("127.0.0.1", port).WaitAsync(s_replyMax).ConfigureAwait(false);
        return dialogue;
    }

    public Task<RtspReply> AskAsync(string method, string url, params string[] headers) =>
        AskRawAsync($"{method} {url} RTSP/1.0\r\nCSeq: {++_sequence}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");

    /// <summary>Sends exactly this, cut into segments of <paramref name="segmentBytes"/> (0 = as one), and reads one reply.</summary>
    public async Task<RtspReply> AskRawAsync(string text, int segmentBytes = 0)
    {
        await SendRawAsync(Encoding.Latin1.GetBytes(text), segmentBytes).ConfigureAwait(false);
        return await ReadReplyAsync().WaitAsync(s_replyMax).ConfigureAwait(false);
    }

    public async Task SendRawAsync(byte[] bytes, int segmentBytes = 0)
    {
        var step = segmentBytes > 0 ? segmentBytes : Math.Max(1, bytes.Length);
        for (var at = 0; at < bytes.Length; at += step) await Stream.WriteAsync(bytes.AsMemory(at, Math.Min(step, bytes.Length - at))).ConfigureAwait(false);
    }

    /// <summary>True when the server closes the connection within the bound, whatever it says before.</summary>
    public async Task<bool> IsClosedByServerAsync(TimeSpan bound)
    {
        var buffer = new byte[4096];
        using var cancel = new CancellationTokenSource(bound);
        try
        {
            while (await Stream.ReadAsync(buffer, cancel.Token).ConfigureAwait(false) > 0) { }
            return true;
        }
        catch (IOException)
        {
            return true;   // reset
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Takes interleaved frames (RFC 2326 §10.12) until told to stop or the connection ends: even channels media, odd ones RTCP.</summary>
    public Task ReadInterleavedAsync(PortRecord record, CancellationToken stop) => ReadFramesAsync((channel, frame) =>
    {
        if ((channel & 1) == 0) record.TakeMedia(frame, Stamp.NowNs());
        else record.TakeControl(frame, Stamp.NowNs());
    }, stop);

    /// <summary>The same, for a reader that wants the frames themselves: channel and bytes.</summary>
    public async Task ReadFramesAsync(Action<byte, byte[]> take, CancellationToken stop)
    {
        var header = new byte[4];
        try
        {
            while (true)
            {
                await Stream.ReadExactlyAsync(header, stop).ConfigureAwait(false);
                if (header[0] != '$') throw new InvalidDataException($"Not an interleaved frame: {Convert.ToHexString(header)}.");
                var frame = new byte[(header[2] << 8) | header[3]];
                await Stream.ReadExactlyAsync(frame, stop).ConfigureAwait(false);
                take(header[1], frame);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or EndOfStreamException or IOException)
        {
            // The test has seen enough, or the server closed.
        }
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Reads one reply; interleaved frames before it are skipped. The stream's end is an <see cref="EndOfStreamException"/>.</summary>
    public async Task<RtspReply> ReadReplyAsync()
    {
        var first = await ReadByteAsync().ConfigureAwait(false);
        while (first == '$')
        {
            await ReadByteAsync().ConfigureAwait(false);
            await ReadAsync((await ReadByteAsync().ConfigureAwait(false) << 8) | await ReadByteAsync().ConfigureAwait(false)).ConfigureAwait(false);
            first = await ReadByteAsync().ConfigureAwait(false);
        }
        var head = new StringBuilder().Append((char)first);
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n") head.Append((char)await ReadByteAsync().ConfigureAwait(false));
        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1)) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        var body = headers.TryGetValue("Content-Length", out var length) ? await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture)).ConfigureAwait(false) : [];
        return new RtspReply(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(body));
    }

    private async Task<int> ReadByteAsync() => (await ReadAsync(1).ConfigureAwait(false))[0];

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
        return bytes;
    }
}
