using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Kit.Net;

/// <summary>How an upstream server treats one request, the first one that it fits; as plainly as the tests need it.</summary>
internal sealed record UpstreamMood
{
    /// <summary>Ends the connection after so many bytes of a body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Sends nothing more after so many bytes, and holds the connection.</summary>
    public int? StallAfter { get; init; }
    public bool IgnoresRanges { get; init; }

    /// <summary>Answers with this and no body.</summary>
    public int? Status { get; init; }
    public string? Location { get; init; }

    /// <summary>Says the body is so much longer (or shorter) than it is.</summary>
    public int LengthLie { get; init; }
    public bool IsChunked { get; init; }
}

/// <summary>An HTTP server of one object that misbehaves by plan: mood after mood, the last one for good.</summary>
internal sealed class UpstreamServer : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<UpstreamMood> _moods;
    private readonly Task _task;
    private readonly Lock _lock = new();

    public UpstreamServer(byte[] content, params UpstreamMood[] moods)
    {
        (Content, _moods) = (content, new Queue<UpstreamMood>(moods));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        _task = AcceptAsync();
    }

    public byte[] Content { get; set; }
    public string ETag { get; set; } = "\"one\"";

    /// <summary>Called when a request begins, with its number from 1.</summary>
    public Action<int> OnRequest { get; set; } = _ => { };

    /// <summary>The heads of all requests so far.</summary>
    public List<string> Requests { get; } = [];

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;
    public string Url => $"http://127.0.0.1:{Port}/object.ts";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _task;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
                served.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket peer)
    {
        using (peer)
            try
            {
                var head = await HeadAsync(peer);
                UpstreamMood mood;
                int number;
                lock (_lock)
                {
                    Requests.Add(head);
                    number = Requests.Count;
                    mood = _moods.Count > 1 ? _moods.Dequeue() : _moods.TryPeek(out var last) ? last : new UpstreamMood();
                }
                OnRequest(number);
                await AnswerAsync(peer, head, mood);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The client went, or the test is over.
            }
    }

    private async Task AnswerAsync(Socket peer, string head, UpstreamMood mood)
    {
        if (mood.Status is { } status)
        {
            var location = mood.Location is { } where ? $"Location: {where}\r\n" : "";
            await SendAsync(peer, $"HTTP/1.1 {status} No\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        var from = mood.IgnoresRanges ? 0 : FirstByte(head);
        if (from >= Content.Length)
        {
            await SendAsync(peer, $"HTTP/1.1 416 No\r\nContent-Range: bytes */{Content.Length}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        var line = from > 0 ? $"206 Partial Content\r\nContent-Range: bytes {from}-{Content.Length - 1}/{Content.Length}" : "200 OK";
        var length = mood.IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Content.Length - from + mood.LengthLie}";
        await SendAsync(peer, $"HTTP/1.1 {line}\r\nETag: {ETag}\r\n{length}\r\nConnection: close\r\n\r\n");
        var body = Content.AsMemory(from);
        if (mood.StallAfter is { } still)
        {
            await peer.SendAsync(body[..Math.Min(still, body.Length)], _stop.Token);
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        body = body[..Math.Min(mood.CutAfter ?? int.MaxValue, body.Length)];
        if (mood.IsChunked)
            await SendAsync(peer, $"{body.Length:x}\r\n");
        for (; body.Length > 0; body = body[Math.Min(64_000, body.Length)..])
            await peer.SendAsync(body[..Math.Min(64_000, body.Length)], _stop.Token);
        if (mood is { IsChunked: true, CutAfter: null })
            await SendAsync(peer, "\r\n0\r\n\r\n");
        peer.Shutdown(SocketShutdown.Both);
    }

    // A range is only taken for the object that it was begun with (RFC 9110 §13.1.5).
    private int FirstByte(string head)
    {
        string? Of(string name) => head.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
        if (Of("Range") is not { } range || (Of("If-Range") is { } tag && tag != ETag))
            return 0;
        return int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
    }

    private async Task<string> HeadAsync(Socket peer)
    {
        var (buffer, head) = (new byte[4_096], "");
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var got = await peer.ReceiveAsync(buffer, _stop.Token);
            if (got == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            head += Encoding.ASCII.GetString(buffer, 0, got);
        }
        return head;
    }

    private async Task SendAsync(Socket peer, string text) => await peer.SendAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
}
