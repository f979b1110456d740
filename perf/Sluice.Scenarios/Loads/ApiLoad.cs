using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sluice.Linux;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// People and tools at the API: two threads that ask 500 times a second each, one that adds an output and removes the one before it, 50 times a
/// second. An answer that is not a success ends the run.
/// </summary>
internal sealed class ApiLoad : IDisposable
{
    public const int OutputsMax = 8;
    private const int Askers = 2;
    private const double AsksPerSecond = 500, ChangesPerSecond = 50;

    private readonly string _base;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Socket[] _outputs;
    private readonly List<Thread> _threads = [];
    private volatile bool _stopping;
    private volatile string? _failure;
    private long _answered;

    public ApiLoad(string admin, int core)
    {
        _base = $"http://{admin}/api";
        // Places for the outputs that come and go; nobody reads them.
        _outputs = [.. Enumerable.Range(0, OutputsMax).Select(_ => Bound())];
        for (var i = 0; i < Askers; i++)
            Start(core, AsksPerSecond, _ => Ask(HttpMethod.Get, "/channels", null));
        var last = default(string);
        Start(core, ChangesPerSecond, turn => last = Change(turn, last));
    }

    public long Answered => _failure is null ? Volatile.Read(ref _answered) : throw new InvalidOperationException(_failure);

    public void BeginCounting() => Volatile.Write(ref _answered, 0);

    public void Dispose()
    {
        _stopping = true;
        foreach (var thread in _threads)
            thread.Join();
        _http.Dispose();
        foreach (var output in _outputs)
            output.Dispose();
    }

    private string Change(int turn, string? last)
    {
        var port = ((IPEndPoint)_outputs[turn % OutputsMax].LocalEndPoint!).Port;
        var added = Ask(HttpMethod.Post, "/channels/bench/clients", string.Create(CultureInfo.InvariantCulture, $"\"rtp://127.0.0.1:{port}\""));
        if (last is not null)
            Ask(HttpMethod.Delete, $"/clients/{last}", null);
        using var document = JsonDocument.Parse(added);
        return document.RootElement.GetProperty("id").ToString();
    }

    private string Ask(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, _base + path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = _http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var text = reader.ReadToEnd();
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
        Interlocked.Increment(ref _answered);
        return text;
    }

    private void Start(int core, double perSecond, Action<int> step)
    {
        var thread = new Thread(() =>
        {
            ThreadControl.PinToCore(core);
            try
            {
                var start = SystemClock.Now;
                for (var turn = 0; !_stopping; turn++)
                {
                    ThreadControl.SleepUntil(start + (long)(turn * 1e9 / perSecond));
                    step(turn);
                }
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException or IOException)
            {
                _failure = e.Message;
            }
        });
        thread.Start();
        _threads.Add(thread);
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
