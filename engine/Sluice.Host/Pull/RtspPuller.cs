using System.Net.Sockets;
using System.Security.Cryptography;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp.Pull;
using Sluice.Control.Status;
using Sluice.Host.Live;
using Sluice.Linux;

namespace Sluice.Host.Pull;

/// <summary>
/// Pulls one source from its RTSP server as long as the engine runs: connection after connection, with growing waits between those that
/// fail. One task; its state may be read by any thread.
/// </summary>
internal sealed class RtspPuller : IAsyncDisposable
{
    /// <summary>RFC 2326 §11.3: a server that sends us in circles is not followed for long.</summary>
    private const int RedirectsMax = 5;
    private static readonly TimeSpan s_connectMax = TimeSpan.FromSeconds(10);

    private sealed record State(SessionState Now, string? Transport = null, int Tracks = 0, MonotonicTime NextTry = default);

    private sealed record Trouble(string Reason, MonotonicTime At);

    private readonly SessionIntake _intake;
    private readonly ILogger _log;
    private readonly PullTarget _target;
    private readonly PullBackoff _backoff = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;
    private PullTransport _transport;
    private volatile State _state = new(SessionState.Connecting);
    private volatile Trouble? _trouble;
    private long _begun;

    public RtspPuller(SessionIntake intake, ILogger log)
    {
        (_intake, _log, _target) = (intake, log, intake.Source.Url.Pull!);
        _transport = _target.Transport;
        _intake.Watch = Status;
        _task = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>Takes leave of the server; within a second.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
    }

    private SessionStatus Status(MonotonicTime now)
    {
        var (state, trouble) = (_state, _trouble);
        return new SessionStatus
        {
            State = state.Now,
            Transport = state.Transport,
            Tracks = state.Tracks,
            Begun = Volatile.Read(ref _begun),
            LastError = trouble?.Reason,
            LastErrorAgeSeconds = trouble is null ? null : Math.Max(now - trouble.At, 0) / 1e9,
            NextTrySeconds = state.Now == SessionState.Waiting ? Math.Max(state.NextTry - now, 0) / 1e9 : null,
        };
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var outcome = await PullAsync(stop);
                var waitNs = _backoff.NextNs(outcome.PlayedNs, outcome.IsRefused);
                _trouble = new Trouble(outcome.Reason, SystemClock.Now);
                _state = new State(SessionState.Waiting, NextTry: SystemClock.Now + waitNs);
                _log.PullEnded(_intake.Channel.Name, _intake.Source.Url.ToString(), outcome.Reason, waitNs / 1e9);
                await Task.Delay(TimeSpan.FromMilliseconds(waitNs / 1e6), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The engine stops.
        }
    }

    // One connection, and those that follow it at once: where the server sends us, and over TCP what does not come over UDP.
    private async Task<PullOutcome> PullAsync(CancellationToken stop)
    {
        var url = PullUrl.ForRequest(_intake.Source.Url);
        for (var moves = 0; moves <= RedirectsMax;)
        {
            _state = new State(SessionState.Connecting);
            var outcome = await ConnectAsync(url, stop);
            if (outcome.WantsTcp && _transport == PullTransport.UdpThenTcp)
                _transport = PullTransport.Tcp;             // and it stays so: what does not come now will not come after a break
            else if (outcome.Location is null)
                return outcome;
            else
                (url, moves) = (outcome.Location, moves + 1);
        }
        return new PullOutcome($"the server sent us elsewhere more than {RedirectsMax} times");
    }

    private async Task<PullOutcome> ConnectAsync(string url, CancellationToken stop)
    {
        if (PullUrl.Read(url, out var place) is not null)
            return new PullOutcome("the server sends us to what is no URL");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_connectMax);
        try
        {
            await socket.ConnectAsync(place!.Host, place.Port, limit.Token);
            return await new PullConnection(_intake, Plan(url, place), socket) { OnPlaying = OnPlaying }.RunAsync(stop);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return new PullOutcome($"cannot connect to {place!.Host}:{place.Port}: {e.Message}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            socket.Dispose();
            return new PullOutcome($"cannot connect to {place!.Host}:{place.Port}: no answer in {s_connectMax.TotalSeconds:0} s");
        }
    }

    // Another host has not been trusted with the password.
    private PullPlan Plan(string url, SourceUrl place)
    {
        var isOurs = string.Equals(place.Host, _intake.Source.Url.Host, StringComparison.OrdinalIgnoreCase);
        return new PullPlan(url, isOurs ? _target.User : null, isOurs ? _target.Password?.Reveal() : null, _transport, _intake.TracksMax);
    }

    private void OnPlaying(string transport, int tracks)
    {
        Interlocked.Increment(ref _begun);
        _state = new State(SessionState.Playing, transport, tracks);
        _log.PullPlays(_intake.Channel.Name, _intake.Source.Url.ToString(), tracks, transport);
    }
}
