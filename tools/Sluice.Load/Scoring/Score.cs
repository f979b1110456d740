using Sluice.Load.Figures;

namespace Sluice.Load.Scoring;

/// <summary>
/// What all clients of one measurement got together. Fed through its clients by one thread; another may read the running counts for a
/// progress line (they may be a packet old).
/// </summary>
/// <param name="warmupNs">This long after the first packet nothing is counted.</param>
/// <param name="mediaBytesPerSecond">The nominal rate of one stream for the delay factor; 0 measures it.</param>
public sealed class Score(long warmupNs = 0, double mediaBytesPerSecond = 0)
{
    private readonly List<ClientScore> _clients = [];
    private long _countFromNs = long.MaxValue;
    private bool _started, _finished;

    public IReadOnlyList<ClientScore> Clients => _clients;

    /// <summary>From the sender's stamp to the kernel's arrival time, all clients.</summary>
    public Histogram LatencyNs { get; } = new();

    /// <summary>Packets of all clients per 0.1 ms.</summary>
    public WindowCounts Packets { get; } = new();

    /// <summary>How many different clients were served in each 0.1 ms.</summary>
    public WindowCounts ServedClients { get; } = new();

    public long PacketCount { get; private set; }
    public long ByteCount { get; private set; }

    /// <summary>Before the measurement starts, or on the thread that feeds it.</summary>
    public ClientScore AddClient(string name)
    {
        var client = new ClientScore(this, name, mediaBytesPerSecond);
        lock (_clients) _clients.Add(client);
        return client;
    }

    /// <summary>Sum over all clients; from any thread.</summary>
    public long Sum(Func<ClientScore, long> count)
    {
        lock (_clients) return _clients.Sum(count);
    }

    /// <summary>Closes the measurement: nothing is counted after it.</summary>
    public void Finish()
    {
        _finished = true;
        foreach (var client in _clients) client.Finish();
    }

    /// <summary>
    /// C_INST, instantaneous concurrency: with K different clients served in a window of 0.1 ms, and N clients in all, the sum of K² over
    /// N times the sum of K: the part of all clients that is served in the same instant as a packet taken at random. 1/N when no two
    /// clients ever share an instant, 1 when all are served at once.
    /// </summary>
    public double InstantaneousConcurrency
    {
        get
        {
            double squares = 0, sum = 0;
            foreach (double served in ServedClients.Counts) (squares, sum) = (squares + served * served, sum + served);
            var active = _clients.Count(client => client.Packets > 0);
            return sum == 0 ? 0 : squares / sum / active;
        }
    }

    internal bool Admits(long arrivalNs)
    {
        if (!_started) (_started, _countFromNs) = (true, warmupNs > 0 ? arrivalNs + warmupNs : long.MinValue);
        return !_finished && arrivalNs >= _countFromNs;
    }

    internal void CountArrival(long window, bool firstOfClient, int bytes)
    {
        Packets.Add(window);
        if (firstOfClient) ServedClients.Add(window);
        PacketCount++;
        ByteCount += bytes;
    }
}
