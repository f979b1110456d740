using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Sluice.Control.Reports;
using Sluice.Control.Rtsp.Pull;
using Sluice.Host.Live;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Host.Pull;

/// <summary>
/// One connection to a server: its bytes to <see cref="RtspClientCore"/>, the core's requests to it, packets to the channel's intake. Lives
/// on one task; nothing here is on the packet path but interleaved frames.
/// </summary>
internal sealed class PullConnection(SessionIntake intake, PullPlan plan, Socket socket)
{
    /// <summary>A server that was told to play sends within this time, or its packets do not reach us.</summary>
    private const long FirstPacketMaxNs = 5_000_000_000;

    /// <summary>A stream that paused for so long is dead, whatever its server says to signs of life.</summary>
    private const long SilenceMaxNs = 10_000_000_000;

    /// <summary>The inlet is emptied once a pass of ingest.</summary>
    private static readonly TimeSpan s_roomStep = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_writeMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_leaveMax = TimeSpan.FromMilliseconds(200);

    private readonly ArrayBufferWriter<byte> _requests = new();
    private readonly byte[] _report = new byte[TrackReports.BytesMax];
    private RtspClientCore _core = null!;
    private IntakeSession? _session;
    private MonotonicTime _now;
    private bool _waits;                    // for room in the intake
    private int _bound;                     // tracks that are heard
    private MonotonicTime _playsSince = MonotonicTime.MaxValue;

    /// <summary>Called when the server plays: "udp" or "tcp", and how many tracks.</summary>
    public required Action<string, int> OnPlaying { get; init; }

    /// <summary>Runs until the connection ends, by whomever.</summary>
    public async Task<PullOutcome> RunAsync(CancellationToken stop)
    {
        _core = new RtspClientCore(plan, OnPacket) { HasRoom = () => _session?.HasRoom ?? true };
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10, leaveOpen: true));
        try
        {
            // Wakes the loop, which sees for itself what is due.
            await using var timer = new Timer(static state => ((PipeReader)state!).CancelPendingRead(), reader, s_look, s_look);
            return await ServeAsync(stream, reader, stop) with { PlayedNs = PlayedNs };
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException)
        {
            return new PullOutcome(e is TimeoutException ? "the server takes nothing" : "the connection broke") { PlayedNs = PlayedNs };
        }
        finally
        {
            await LeaveAsync(stream);
            await reader.CompleteAsync();
        }
    }

    private long PlayedNs => Math.Max(0, (_session?.LastPacketNs ?? 0) - _playsSince.Ns);

    private async Task<PullOutcome> ServeAsync(NetworkStream stream, PipeReader reader, CancellationToken stop)
    {
        _core.Start(_requests, SystemClock.Now);
        while (true)
        {
            await SendAsync(stream, stop);
            var read = await reader.ReadAsync(stop);
            var buffer = read.Buffer;
            var outcome = Step(ref buffer);
            // What is left after a wait comes back at once; else only with more behind it.
            reader.AdvanceTo(buffer.Start, _waits ? buffer.Start : buffer.End);
            if (outcome is not null)
                return outcome;
            if (_waits)
                await Task.Delay(s_roomStep, stop);
            else if (read.IsCompleted)
                return new PullOutcome("the server has closed the connection");
        }
    }

    private PullOutcome? Step(ref ReadOnlySequence<byte> input)
    {
        _now = SystemClock.Now;
        var verdict = PullVerdict.Continue;
        if (_core.NextDeadline <= _now)
            verdict = _core.OnDeadline(_requests, _now);
        while (verdict == PullVerdict.Continue && !input.IsEmpty && (verdict = _core.Receive(ref input, _requests, _now)) == PullVerdict.Described)
        {
            if (Begin() is { } reason)
                return new PullOutcome(reason);
            verdict = PullVerdict.Continue;
        }
        _waits = verdict == PullVerdict.Wait;
        BindTracks();
        return verdict switch
        {
            PullVerdict.Failed => new PullOutcome(_core.Failure!) { IsRefused = _core.IsRefused },
            PullVerdict.Moved => new PullOutcome("the server sends us elsewhere") { Location = _core.Location },
            _ => Look(),
        };
    }

    // The tracks are known: the channel's players are told, and ports are opened.
    private string? Begin()
    {
        var peer = (IPEndPoint)socket.RemoteEndPoint!;
        if ((_session = intake.TryBegin(peer, [.. _core.Tracks.Select(track => track.Media)], out var reason)) is not { } session)
            return reason;
        var ports = new List<PortPair>();
        for (var track = 0; track < _core.Tracks.Count && !_core.IsTcp; track++)
        {
            if (!session.TryOpenPorts(track, out var pair, out reason))
                return reason;
            ports.Add(pair);
        }
        _core.SetUp(ports, _requests, _now);
        return null;
    }

    // Before the next request leaves, which is PLAY for the last one: its packets find a listener.
    private void BindTracks()
    {
        for (; _bound < _core.SetUpCount; _bound++)
        {
            if (_core.IsTcp)
            {
                _session!.ClosePorts(_bound);
                _session.ListenInterleaved(_bound);
                continue;
            }
            var from = _core.Tracks[_bound].ServerPorts ?? default;
            _session!.Listen(_bound, from);
            if (from.Rtp != 0)
                _session.Knock(_bound, from);
        }
        if (!_core.IsPlaying || _playsSince != MonotonicTime.MaxValue)
            return;
        _playsSince = _now;
        _session!.Start(_now);
        OnPlaying(_core.IsTcp ? "tcp" : "udp", _core.Tracks.Count);
    }

    // Reports that are due, and whether the stream is alive.
    private PullOutcome? Look()
    {
        if (!_core.IsPlaying || _session is not { } session)
            return null;
        for (var track = 0; track < session.Tracks.Count; track++)
            if (session.TakeReport(track, _report, _now) is > 0 and var length)
                WriteFrame(track, _report.AsSpan(0, length));
        var lastNs = session.LastPacketNs;
        if (lastNs < _playsSince.Ns)
            return _now - _playsSince < FirstPacketMaxNs ? null : new PullOutcome(_core.IsTcp
                ? "the server plays and sends nothing" : "the server plays and nothing comes over UDP") { WantsTcp = !_core.IsTcp };
        if (session.SaidBye && _now.Ns - lastNs > FirstPacketMaxNs / 5)
            return new PullOutcome("the server has ended the stream");
        return _now.Ns - lastNs < SilenceMaxNs ? null : new PullOutcome("the stream fell silent");
    }

    private void WriteFrame(int track, ReadOnlySpan<byte> compound)
    {
        if (_core.Tracks[track].Channels is { } channels)
            new InterleavedFrame((byte)channels.Rtcp, compound).Write(_requests);
    }

    private void OnPacket(int track, bool isRtcp, ReadOnlySpan<byte> packet)
    {
        if (isRtcp)
            _session?.OfferReport(track, packet, _now);
        else
            _session?.Offer(track, packet, _now);
    }

    private async Task SendAsync(NetworkStream stream, CancellationToken stop)
    {
        if (_requests.WrittenCount == 0)
            return;
        await stream.WriteAsync(_requests.WrittenMemory, stop).AsTask().WaitAsync(s_writeMax, stop);
        _requests.ResetWrittenCount();
    }

    // A BYE for each track and TEARDOWN; nobody waits for an answer.
    private async Task LeaveAsync(NetworkStream stream)
    {
        _requests.ResetWrittenCount();
        for (var track = 0; _core.IsPlaying && track < (_session?.Tracks.Count ?? 0); track++)
            if (_session!.TakeReport(track, _report, SystemClock.Now, leaving: true) is > 0 and var length)
                WriteFrame(track, _report.AsSpan(0, length));
        _core.Leave(_requests, SystemClock.Now);
        try
        {
            await stream.WriteAsync(_requests.WrittenMemory).AsTask().WaitAsync(s_leaveMax);
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or ObjectDisposedException)
        {
            // It is gone already.
        }
        _session?.Dispose();
    }
}
