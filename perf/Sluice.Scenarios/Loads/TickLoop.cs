using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// The bare loop of the whole engine's work: the same trains to the same destinations at the same ticks with the same sleeps, from
/// a table made beforehand (a quantum's packets, cut as the engine cuts them). It receives nothing, keeps no state of clients, counts nothing: what the
/// kernel alone costs.
/// </summary>
internal sealed class TickLoop : IDisposable
{
    /// <param name="PhaseNs">Where in each period it leaves.</param>
    /// <param name="Lag">How many periods ago its packets came.</param>
    /// <param name="First">Its first packet, counted from the first of that period.</param>
    /// <param name="Count">Packets; 0 = what is left of the period.</param>
    private readonly record struct Piece(long PhaseNs, int Lag, int First, int Count, uint Ssrc, DatagramAddress To);

    private readonly int _tickShift;
    private readonly long _periodNs;
    private readonly double _packetsAPeriod;
    private readonly Bodies _bodies;
    private readonly Piece[] _pieces;
    private readonly int _lagMax;
    private readonly DatagramSocket _socket = Sockets.Sender();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _packets, _messages, _errors;

    public TickLoop(int core, int clients, StreamShape flow, long quantumNs, int trainMax, DelayPlan delays)
    {
        _periodNs = quantumNs == 0 ? (long)flow.SpacingNs : quantumNs;
        _packetsAPeriod = quantumNs == 0 ? 1 : quantumNs / flow.SpacingNs;
        var idle = IdleStrategy.Of(EngineProfile.Balanced);
        var perTick = clients * flow.PacketsPerSecond * (1L << idle.TickShift) / 1e9;
        _tickShift = perTick < SendLoop<DatagramSocket>.LightPackets ? idle.LightShift : idle.TickShift;
        _pieces = [.. Enumerable.Range(0, clients).SelectMany(Pieces).OrderBy(piece => piece.PhaseNs)];
        _lagMax = _pieces.Max(piece => piece.Lag);
        // As many bodies as the engine's live window has, so that the caches see the same.
        _bodies = new Bodies((int)(_packetsAPeriod * (_lagMax + 1)) + trainMax);
        _thread = new Thread(() => Run(core));
        _thread.Start();

        // Full trains are due when their last packet has come, what is left at the end of the quantum.
        IEnumerable<Piece> Pieces(int client)
        {
            var full = quantumNs == 0 ? 0 : (int)(_packetsAPeriod / trainMax);
            for (var i = 0; i <= full; i++)
            {
                var dueNs = delays.DelayNs(client) + (i < full ? (long)((i + 1) * trainMax * flow.SpacingNs) : _periodNs);
                yield return new Piece(
                    dueNs % _periodNs, (int)(dueNs / _periodNs), i * trainMax, i < full ? trainMax : 0, 0xC000_0000 + (uint)client,
                    DatagramAddress.From(IPAddress.Loopback, Sink.Port(client)));
            }
        }
    }

    /// <summary>Packets a train so far.</summary>
    public double Train => (double)Volatile.Read(ref _packets) / Volatile.Read(ref _messages);

    public long Packets => Volatile.Read(ref _packets);

    public long Errors => Volatile.Read(ref _errors);

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _socket.Dispose();
        _bodies.Dispose();
    }

    private void Run(int core)
    {
        ThreadControl.PinToCore(core);
        ThreadControl.SetTimerSlackNs(1);
        using var batch = new SendBatch(64, 1_024);
        var baseNs = SystemClock.Now.Ns;
        for (var period = (long)_lagMax; !_stopping; period++)
        {
            var nowTick = 0L;
            foreach (ref readonly var piece in _pieces.AsSpan())
            {
                var dueTick = (baseNs + piece.PhaseNs + (1L << _tickShift) - 1) >> _tickShift;
                if (dueTick > nowTick)
                {
                    Send(batch);
                    ThreadControl.SleepUntil(new MonotonicTime(dueTick << _tickShift));
                    nowTick = SystemClock.Now.Ns >> _tickShift;
                }
                Write(batch, in piece, period - piece.Lag);
            }
            Send(batch);
            baseNs += _periodNs;
        }
    }

    private void Write(SendBatch batch, in Piece piece, long came)
    {
        var first = (long)(came * _packetsAPeriod) + piece.First;
        var count = piece.Count > 0 ? piece.Count : (int)((long)((came + 1) * _packetsAPeriod) - first);
        if (count <= 0)
            return;
        if (!batch.HasRoomFor(1, count))
            Send(batch);
        var to = piece.To;
        TightLoop.Write(batch, in to, _bodies, count, (uint)first, piece.Ssrc, (int)(first % _bodies.Count));
    }

    private void Send(SendBatch batch)
    {
        var (packets, messages) = (batch.PacketCount, batch.MessageCount);
        if (packets == 0)
            return;
        Volatile.Write(ref _errors, _errors + TightLoop.Flush(_socket, batch));
        Volatile.Write(ref _messages, _messages + messages);
        Volatile.Write(ref _packets, _packets + packets);
    }
}
