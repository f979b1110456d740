using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Sluice.Control;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Rtsp;

/// <summary>Kestrel's RTSP listener: each accepted connection gets an <see cref="RtspConnection"/>.</summary>
internal sealed class RtspListener(IRtspEngine engine, FramePump pump, RtspServerOptions options) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        using var rtsp = new RtspConnection(connection, engine, options);
        pump.Add(rtsp);
        try
        {
            await rtsp.RunAsync();
        }
        finally
        {
            pump.Remove(rtsp);
        }
    }
}

/// <summary>
/// One RTSP connection: bytes from the pipe to the core; the core's replies to the pipe, then its commands to the engine,
/// in this order, so that no interleaved frame overtakes the answer to PLAY.
/// </summary>
internal sealed class RtspConnection : IRtspPeer, IFrameSink, IDisposable
{
    /// <summary>A peer that takes nothing for so long is gone, or wants to hold memory.</summary>
    private const long BlockedMaxNs = 10_000_000_000;

    /// <summary>A hundred passes of a send loop, and well within the second that a stop has for its connections.</summary>
    private static readonly TimeSpan s_byeGrace = TimeSpan.FromMilliseconds(250);

    /// <summary>Ingest empties a publisher's ring in a pass or two, at most 4 ms apart.</summary>
    private static readonly TimeSpan s_roomStep = TimeSpan.FromMilliseconds(1);

    private readonly ConnectionContext _connection;
    private readonly IRtspEngine _engine;
    private readonly RtspServerCore _core;
    private readonly Queue<SessionCommand> _commands = new();
    private readonly List<ClientId> _playing = [];
    private long _dueNs = long.MaxValue;
    private volatile bool _mustClose;
    private bool _peerHasLeft;

    public RtspConnection(ConnectionContext connection, IRtspEngine engine, RtspServerOptions options)
    {
        (_connection, _engine) = (connection, engine);
        Address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        Port = (connection.RemoteEndPoint as IPEndPoint)?.Port ?? 0;
        Output = new FrameWriter(connection.Transport.Output);
        _core = new RtspServerCore(engine.AdmissionFor(this), Address, options, engine.Counters, SystemClock.Now);
    }

    public IPAddress Address { get; }

    public int Port { get; }

    public FrameWriter Output { get; }

    FrameRing IRtspPeer.Frames => Output.Frames;

    public async Task RunAsync()
    {
        // A stop of the process must not wait for players: Kestrel only asks, the handler has to heed.
        using var asked = _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?
            .ConnectionClosedRequested.Register(static state => ((RtspConnection)state!).Close(), this);
        var frames = Output.RunAsync(_connection.ConnectionClosed);
        try
        {
            await ServeAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The peer reset the connection, or we aborted it.
        }
        finally
        {
            await EndSessionsAsync();
            Output.Close();
            await frames;
            await _connection.Transport.Input.CompleteAsync();
            await _connection.Transport.Output.CompleteAsync();
            if (!_peerHasLeft)
                _ = AbortLaterAsync(_connection);
        }
    }

    public void Dispose() => Output.Dispose();

    // The core is not touched here: the loop may be in it. It wakes, and sees for itself what is due.
    void IFrameSink.Look(MonotonicTime now)
    {
        Output.WakeIfWaiting();
        var dueNs = Volatile.Read(ref _dueNs);
        if (Output.BlockedForNs(now) > BlockedMaxNs)
            _connection.Abort(new ConnectionAbortedException("The peer has taken nothing for ten seconds."));
        else if (dueNs <= now.Ns && Interlocked.CompareExchange(ref _dueNs, long.MaxValue, dueNs) == dueNs)
            _connection.Transport.Input.CancelPendingRead();
    }

    // The send thread puts a client's last frame, its RTCP BYE, into the ring some passes after it was told; the peer should get it. Not
    // one that has closed its side: thousands that leave at once would each wait with timers and tasks of their own, and every collection
    // meanwhile looks through all of them.
    private async Task EndSessionsAsync()
    {
        var hasFrames = !_peerHasLeft && Output.HasFrames && _playing.Count > 0;
        _core.OnDisconnected(_commands);
        ExecuteCommands();
        if (hasFrames)
            await Task.Delay(s_byeGrace, _connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Output.FinishAsync(s_byeGrace, _connection.ConnectionClosed);
    }

    // What was written last (an error, the answer to TEARDOWN) is still on its way, and may take this long to a peer that does not read.
    private static async Task AbortLaterAsync(ConnectionContext connection)
    {
        await Task.Delay(TimeSpan.FromSeconds(5), connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!connection.ConnectionClosed.IsCancellationRequested)
            connection.Abort();
    }

    private async Task ServeAsync()
    {
        var input = _connection.Transport.Input;
        for (var verdict = RtspVerdict.Continue; verdict != RtspVerdict.Close && !_mustClose;)
        {
            Volatile.Write(ref _dueNs, _core.NextDeadline.Ns);
            var read = await input.ReadAsync(_connection.ConnectionClosed);
            var buffer = read.Buffer;
            // Borrowed for one step: ten thousand idle connections hold no reply buffer.
            var replies = ReplyBuffers.Pool.Get();
            verdict = Step(ref buffer, replies);
            // What is left after Wait comes back at once; after Continue only with more behind it.
            input.AdvanceTo(buffer.Start, verdict == RtspVerdict.Wait ? buffer.Start : buffer.End);
            var isOpen = await Output.SendAsync(replies, _connection.ConnectionClosed);
            ReplyBuffers.Pool.Return(replies);
            if (!isOpen)
                return;
            ExecuteCommands();
            if (verdict == RtspVerdict.Wait)
                await Task.Delay(s_roomStep, _connection.ConnectionClosed);
            else if (_peerHasLeft = read.IsCompleted)
                return;
        }
    }

    private RtspVerdict Step(ref ReadOnlySequence<byte> buffer, ArrayBufferWriter<byte> replies)
    {
        var now = SystemClock.Now;
        foreach (var client in _playing)
        {
            if (_engine.LastHeard(client) is var heard && heard > MonotonicTime.MinValue)
                _core.OnClientAlive(client, heard);
            _engine.WriteReport(client, replies, now);
        }
        if (_core.NextDeadline <= now && _core.OnDeadline(replies, _commands, now) == RtspVerdict.Close)
            return RtspVerdict.Close;
        return buffer.IsEmpty ? RtspVerdict.Continue : _core.Receive(ref buffer, replies, _commands, now);
    }

    private void ExecuteCommands()
    {
        while (_commands.TryDequeue(out var command))
        {
            _engine.Execute(command);
            _playing.Remove(command.Client);
            if (command.Kind is SessionCommandKind.Play or SessionCommandKind.Record)
                _playing.Add(command.Client);
        }
    }

    private void Close()
    {
        _mustClose = true;
        _connection.Transport.Input.CancelPendingRead();
    }
}
