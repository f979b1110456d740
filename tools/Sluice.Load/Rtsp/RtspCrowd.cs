using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Load.Figures;
using Sluice.Load.Receiving;
using Sluice.Load.Reporting;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Load.Rtsp;

/// <summary>
/// RTSP clients that come at a steady rate, play, and leave. A thread of its own connects (that may block); everything after happens on
/// the thread of the <see cref="ReceiverSet"/>.
/// </summary>
public sealed class RtspCrowd : IDisposable
{
    private const long SecondNs = 1_000_000_000, GoodbyeNs = 2 * SecondNs;
    private const int ProblemsMax = 20;
    private readonly CrowdPlan _plan;
    private readonly ReceiverSet _set;
    private readonly BlockingCollection<int> _toJoin = [];
    private readonly List<RtspSession> _sessions = [];   // of the receiving thread
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _joiner;
    private int _started, _refused;

    public RtspCrowd(CrowdPlan plan, ReceiverSet set)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (_plan, _set) = (plan, set);
        OpenFileLimit.Raise(plan.Clients * (plan.Tcp ? 1L : 3L) + 256);
        for (var i = 0; i < plan.Clients; i++) _toJoin.Add(i);
        _joiner = new Thread(Join) { IsBackground = true, Name = "load-join" };
    }

    public void Start() => _joiner.Start();

    /// <summary>After the set has run, on its thread: TEARDOWN for everyone who still plays.</summary>
    public void Leave()
    {
        _stopping.Cancel();
        _joiner.Join();
        var untilNs = SystemClock.Now.Ns + GoodbyeNs;
        foreach (var session in _sessions) session.Leave();
        foreach (var session in _sessions) session.LeaveAndWait(_set, untilNs);
    }

    public RtspFigures Figures()
    {
        var (reply, first) = (new Histogram(), new Histogram());
        foreach (var session in _sessions)
        {
            if (session.PlayedNs > 0) reply.Record(session.PlayedNs - session.StartNs);
            if (session.Score.Packets > 0) first.Record(session.Score.FirstArrivalNs - session.StartNs);
        }
        var failed = _sessions.Count(session => session.Dialogue.Stage == RtspStage.Failed) + _refused;
        return new RtspFigures(_started, _sessions.Count(session => session.PlayedNs > 0), failed,
            _sessions.Count(session => session.Dialogue.Stage == RtspStage.Left), Percentiles.Of(reply), Percentiles.Of(first)) { Problems = [.. _problems] };
    }

    public void Dispose()
    {
        _stopping.Cancel();
        if (_joiner.IsAlive) _joiner.Join();
        foreach (var session in _sessions) session.Close(_set);
        _toJoin.Dispose();
        _stopping.Dispose();
    }

    private void Join()
    {
        ThreadControl.SetName("load-join");
        var nextNs = SystemClock.Now.Ns;
        try
        {
            foreach (var number in _toJoin.GetConsumingEnumerable(_stopping.Token))
            {
                ThreadControl.SleepUntil(new MonotonicTime(nextNs));
                if (_stopping.IsCancellationRequested) return;
                nextNs = Math.Max(nextNs, SystemClock.Now.Ns - SecondNs) + (long)(SecondNs / Math.Max(_plan.JoinsPerSecond, 0.1));
                Connect(number);
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private void Connect(int number)
    {
        var startNs = SystemClock.Now.Ns;
        _started++;
        var connection = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            connection.Connect(_plan.Host, _plan.Port);
            connection.Blocking = false;
            _set.Post(() => Begin(connection, number, startNs));
        }
        catch (SocketException e)
        {
            connection.Dispose();
            _refused++;
            Note($"connect: {e.SocketErrorCode}");
        }
    }

    private void Begin(Socket connection, int number, long startNs)
    {
        var score = _set.Score.AddClient($"rtsp:{number}");
        UdpReceiver[] receivers = [];
        var rtpPort = 0;
        var local = ((IPEndPoint)connection.LocalEndPoint!).Address;
        if (local.IsIPv4MappedToIPv6) local = local.MapToIPv4();
        if (!_plan.Tcp && !ClientPorts.TryOpen(_plan, local, score, out receivers, out rtpPort))
        {
            connection.Dispose();
            _refused++;
            Note("no two free UDP ports");
            return;
        }
        var transport = _plan.Tcp
            ? new TransportHeader(TransportProtocol.RtpAvpTcp, TransportDelivery.Unicast) { Interleaved = new PortPair(0, 1) }
            : new TransportHeader(TransportProtocol.RtpAvp, TransportDelivery.Unicast) { ClientPort = new PortPair((ushort)rtpPort, (ushort)(rtpPort + 1)) };
        var session = new RtspSession(connection, new RtspDialogue(_plan.Url, transport), receivers, score, startNs, ended => OnEnded(ended, number));
        _sessions.Add(session);
        session.Begin(_set, _plan.StayNs);
    }

    private void OnEnded(RtspSession session, int number)
    {
        if (session.Dialogue.Problem is { } problem) Note(problem);
        if (_plan.Rejoin && !_stopping.IsCancellationRequested) _toJoin.Add(number);
    }

    private void Note(string problem)
    {
        if (_problems.Count < ProblemsMax) _problems.Enqueue(problem);
    }
}
