using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit.Net;
using Sluice.Wire.Rtcp;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// A receiver with a jitter buffer that asks for what it misses: generic NACK (RFC 4585), again until the packet is there or its time is
/// over; takes repairs under the same SSRC and as RTX (RFC 4588). One thread.
/// </summary>
internal sealed class NackReceiver : IDisposable
{
    private const uint OwnSsrc = 0xFEED;
    private const int AsksMax = 17 * 16;
    private const long FirstAskNs = 3_000_000, AskAgainNs = 30_000_000;

    private sealed record Hole(long Number, long DeadlineNs)
    {
        public long AskAtNs { get; set; }
        public int Asked { get; set; }
    }

    private readonly Socket _media, _control;
    private readonly IPEndPoint _sender;
    private readonly long _bufferNs, _intervalNs;
    private readonly SortedDictionary<long, Hole> _holes = [];
    private readonly Thread _thread;
    private uint _ssrc;
    private long _highest = -1;
    private volatile bool _stopping;
    private volatile int _received, _repaired, _lost, _late, _asked;
    private int _rtx;

    /// <param name="port">Media port; RTCP on the next.</param>
    /// <param name="senderRtcpPort">Where NACKs go.</param>
    /// <param name="bufferMs">How long after its time, which its neighbours tell, a packet is still of use.</param>
    /// <param name="packetsPerSecond">Constant.</param>
    public NackReceiver(int port, int senderRtcpPort, int bufferMs, int packetsPerSecond)
    {
        _intervalNs = 1_000_000_000 / packetsPerSecond;
        (_media, _control, _bufferNs) = (Open(port), Open(port + 1), bufferMs * 1_000_000L);
        _sender = new IPEndPoint(IPAddress.Loopback, senderRtcpPort);
        _thread = new Thread(Run) { IsBackground = true, Name = "kit-nack", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Packets that came in order, as repairs in time, not in time, and those given up.</summary>
    public int Received => _received;
    public int Repaired => _repaired;
    public int Late => _late;
    public int Lost => _lost;
    public int Asked => _asked;

    /// <summary>Of the repairs, those that came as RTX.</summary>
    public int Rtx => _rtx;

    /// <summary>The longest time that the thread was kept from its work, ns.</summary>
    public long PauseNs { get; private set; }

    public double LossRatio => (double)_lost / Math.Max(_received + _repaired + _lost, 1);

    /// <summary>False: only count.</summary>
    public bool Asks { get; init; } = true;

    public void Stop()
    {
        _stopping = true;
        _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _media.Dispose();
        _control.Dispose();
    }

    private static Socket Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20, Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Run()
    {
        var buffer = new byte[65_536];
        for (var lastNs = Stamp.NowNs(); !_stopping; lastNs = Stamp.NowNs())
        {
            Thread.Sleep(1);
            PauseNs = Math.Max(PauseNs, Stamp.NowNs() - lastNs);
            while (_media.Available > 0) Take(buffer.AsSpan(0, _media.Receive(buffer)), Stamp.NowNs());
            while (_control.Available > 0) _control.Receive(buffer);
            GiveUp(Stamp.NowNs());
            if (Asks) Ask(Stamp.NowNs());
        }
    }

    private void Take(ReadOnlySpan<byte> packet, long nowNs)
    {
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (_highest < 0) (_ssrc, _highest) = (ssrc, sequence - 1L);
        if (ssrc != _ssrc)
        {
            _rtx++;
            Repair(Extend(BinaryPrimitives.ReadUInt16BigEndian(packet[12..])));     // RFC 4588 §4: OSN
            return;
        }
        var number = Extend(sequence);
        if (number <= _highest)
        {
            Repair(number);
            return;
        }
        for (var missing = _highest + 1; missing < number; missing++)
            _holes[missing] = new Hole(missing, nowNs - (number - missing) * _intervalNs + _bufferNs) { AskAtNs = nowNs + FirstAskNs };
        _highest = number;
        _received++;
    }

    private long Extend(ushort sequence) => _highest + (short)(sequence - (ushort)_highest);

    private void Repair(long number)
    {
        if (_holes.Remove(number)) _repaired++;
        else _late++;
    }

    private void GiveUp(long nowNs)
    {
        while (_holes.Count > 0 && _holes.First().Value is var oldest && oldest.DeadlineNs < nowNs)
        {
            _holes.Remove(oldest.Number);
            _lost++;
        }
    }

    private void Ask(long nowNs)
    {
        var due = _holes.Values.Where(hole => hole.AskAtNs <= nowNs).Take(AsksMax).ToArray();
        if (due.Length == 0) return;
        foreach (var hole in due) (hole.AskAtNs, hole.Asked) = (nowNs + AskAgainNs, hole.Asked + 1);
        Span<NackEntry> entries = stackalloc NackEntry[AsksMax];
        var count = NackEntry.Pack([.. due.Select(hole => (ushort)hole.Number)], entries);
        var compound = new byte[1_400];
        var writer = new RtcpCompoundWriter(compound);
        if (!writer.TryAdd(new ReceiverReport(OwnSsrc)) || !writer.TryAddCname(OwnSsrc, "kit"u8) || !writer.TryAddNack(OwnSsrc, _ssrc, entries[..count]))
            throw new InvalidOperationException("The NACK does not fit.");
        LossyRelay.Send(_control, compound[..writer.Length], _sender);
        _asked++;
    }
}
