using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// The bare loop of the whole engine's work: the same trains to the same destinations at the same ticks with the same sleeps, from
/// a table made beforehand. It receives nothing, keeps no state of clients, counts nothing: what the kernel alone costs.
/// </summary>
internal sealed class TickLoop : IDisposable
{
    private readonly int _tickShift;
    private readonly long _periodNs;
    private readonly int _train;
    private readonly Bodies _bodies;
    private readonly (long PhaseNs, int Lag, DatagramAddress To)[] _clients;
    private readonly DatagramSocket _socket = Sockets.Sender();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _packets, _errors;

    public TickLoop(int core, int clients, StreamShape flow, long quantumNs, int trainMax, DelayPlan delays)
    {
        _train = quantumNs == 0 ? 1 : flow.TrainPackets(quantumNs, trainMax);
        _periodNs = (long)(_train * flow.SpacingNs);
        var idle = IdleStrategy.Of(EngineProfile.Balanced);
        var perTick = clients * flow.PacketsPerSecond * (1L << idle.TickShift) / 1e9;
        _tickShift = perTick < SendLoop<DatagramSocket>.LightPackets ? idle.LightShift : idle.TickShift;
        // As many bodies as the engine's live window has, so that the caches see the same.
        _bodies = new Bodies(_train * (int)(1 + delays.RangeNs / _periodNs));
        _clients = [.. Enumerable.Range(0, clients).Select(Client).OrderBy(client => client.PhaseNs)];
        _thread = new Thread(() => Run(core));
        _thread.Start();

        (long PhaseNs, int Lag, DatagramAddress To) Client(int index)
        {
            var delayNs = delays.DelayNs(index);
            return (delayNs % _periodNs, (int)(delayNs / _periodNs), DatagramAddress.From(IPAddress.Loopback, Sink.Port(index)));
        }
    }

    public int Train => _train;

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
        var trains = _bodies.Count / _train;
        var baseNs = SystemClock.Now.Ns;
        for (var k = 0; !_stopping; k++)
        {
            var nowTick = 0L;
            for (var i = 0; i < _clients.Length; i++)
            {
                ref readonly var client = ref _clients[i];
                var dueTick = (baseNs + client.PhaseNs + (1L << _tickShift) - 1) >> _tickShift;
                if (dueTick > nowTick)
                {
                    Send(batch);
                    ThreadControl.SleepUntil(new MonotonicTime(dueTick << _tickShift));
                    nowTick = SystemClock.Now.Ns >> _tickShift;
                }
                if (!batch.HasRoomFor(1, _train))
                    Send(batch);
                var body = (k + trains - client.Lag % trains) % trains * _train;
                TightLoop.Write(batch, in client.To, _bodies, _train, (uint)(k * _train), 0xC000_0000 + (uint)i, body);
            }
            Send(batch);
            baseNs += _periodNs;
        }
    }

    private void Send(SendBatch batch)
    {
        var packets = batch.PacketCount;
        if (packets == 0)
            return;
        Volatile.Write(ref _errors, _errors + TightLoop.Flush(_socket, batch));
        Volatile.Write(ref _packets, _packets + packets);
    }
}
