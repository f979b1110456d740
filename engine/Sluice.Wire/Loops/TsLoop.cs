using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Wire.Loops;

/// <summary>Where in a turn a loop of a transport stream is.</summary>
public enum TsLoopPhase
{
    /// <summary>Before the access point with which the turn begins: only tables are looked at.</summary>
    Lead,

    /// <summary>Between the two access points.</summary>
    Turn,

    /// <summary>Behind the access point with which it ends: what belongs to PES that began before it still counts.</summary>
    Tail,

    /// <summary>Nothing more is wanted of this turn.</summary>
    Over,
}

/// <summary>
/// Cuts a stretch of a transport stream so that it can be sent again and again as one stream: from a random access point to right before
/// another. Each elementary stream is cut at its own PES: what began before the first point is left out, what began before the last
/// point is brought to its end. At the seam all times move by the length of the picture's turn, so that pictures keep their pace;
/// sound that would overlap by no more than <see cref="StretchMax"/> moves everything, other sound begins one PES later. Packets are restamped in place.
/// Allocates nothing after it was made; owned by one thread.
/// </summary>
public sealed partial class TsLoop
{
    /// <summary>Sound that overlaps by so many ticks of 90 kHz at most (50 ms) makes the seam longer, by whole pictures; other begins later.</summary>
    public const long StretchMax = 4_500;

    /// <summary>Streams whose times are followed; those beyond are cut and counted on like the others.</summary>
    public const int StreamsMax = 63;

    private readonly TsRestamper _restamper = new();
    private readonly TsAccessFinder _finder = new();
    private readonly TsTable _pat = new();
    private readonly TsTable _pmt = new();
    private readonly TsTurnStream[] _streams = new TsTurnStream[StreamsMax + 1];
    private readonly long[] _ends = new long[StreamsMax + 1];     // of the turn before, as they were sent; −1: none
    private readonly byte[] _streamOf = new byte[TsPacket.PidCount];     // 0: none
    private readonly byte[] _begun = new byte[TsPacket.PidCount];        // Begun, or packets left out so far
    private readonly bool[] _isClosed = new bool[StreamsMax + 1];        // its next PES was seen behind the turn's end
    private readonly byte[] _tables = new byte[2 * TsTable.PacketsMax * TsPacket.Size];
    private int _tableBytes;
    private int _count;
    private int _master;
    private uint _number = 1;    // 0 is where tables lie that were never seen
    private long _firstPcr = -1, _lastPcr = -1;
    private int _pcrPid = -1;

    public TsLoop() => Array.Fill(_ends, -1);

    public TsLoopPhase Phase { get; private set; }

    /// <summary>Turns begun; the first is 1.</summary>
    public long Turns { get; private set; }

    /// <summary>How much longer the seams were than the pictures asked for, and packets left out at beginnings because they overlapped.</summary>
    public long StretchedTicks { get; private set; }
    public long Overlapping { get; private set; }

    public long Malformed => _restamper.Malformed;
    public long TimesUnread => _restamper.TimesUnread;

    /// <inheritdoc cref="TsRestamper.CuesMoved"/>
    public long CuesMoved => _restamper.CuesMoved;
    public long CuesUnmoved => _restamper.CuesUnmoved;

    /// <summary>Begins a turn: the packets that come are again those before its first access point.</summary>
    public void BeginTurn()
    {
        Turns++;
        Phase = TsLoopPhase.Lead;
        _restamper.BeginTurn();
        _finder.Reset();
        _pat.Forget();
        _pmt.Forget();
        for (int i = 0; i <= _count; i++)
            _streams[i] = default;
        Array.Clear(_begun);
        Array.Clear(_isClosed);
        (_firstPcr, _lastPcr, _pcrPid, _master) = (-1, -1, -1, 0);
    }

    /// <summary>
    /// Takes a datagram of whole packets and leaves in place what is to be sent of it. Returns its bytes: a multiple of 188, mostly all; in
    /// the lead 0, and at both ends of a turn less. Of what does not divide by 188 the rest is left out.
    /// </summary>
    /// <param name="datagram">Packets of the content; overwritten.</param>
    /// <param name="mayBegin">The turn may begin with an access point in it.</param>
    /// <param name="mayEnd">The turn ends before an access point in it.</param>
    public int Take(Span<byte> datagram, bool mayBegin, bool mayEnd)
    {
        int kept = 0;
        for (int at = 0; at + TsPacket.Size <= datagram.Length && Phase != TsLoopPhase.Over; at += TsPacket.Size)
        {
            var packet = datagram.Slice(at, TsPacket.Size);
            bool isAccess = Look(packet);
            if (Phase == TsLoopPhase.Lead && mayBegin && isAccess)
                Begin();
            else if (Phase == TsLoopPhase.Turn && mayEnd && isAccess)
                Phase = TsLoopPhase.Tail;
            if (!Pass(packet))
                continue;
            packet.CopyTo(datagram[kept..]);
            kept += TsPacket.Size;
        }
        return kept;
    }

    /// <summary>
    /// The tables that a decoder needs before the turn's first packet, restamped: to be sent before the first datagram of which <see cref="Take"/> left
    /// something. At most 16 packets.
    /// </summary>
    public ReadOnlySpan<byte> Tables => _tables.AsSpan(0, _tableBytes);

    /// <summary>
    /// Ends a turn, in whatever phase: from now on times are moved by so much more that the next turn follows on this one. Returns by how much, 90 kHz;
    /// 0 when the turn had no times.
    /// </summary>
    public long EndTurn()
    {
        Phase = TsLoopPhase.Over;
        if (_master == 0 || !_streams[_master].HasTimes)
            return 0;
        long period = Ticks(_streams[_master].EndTicks - _streams[_master].FirstTicks);
        long stretch = Stretch(period);
        StretchedTicks += stretch;
        period = Ticks(period + stretch);
        for (int i = 1; i <= _count; i++)
            if (_streams[i].HasTimes)
                _ends[i] = Ticks(_streams[i].EndTicks + _restamper.ShiftTicks);
        _restamper.ShiftTicks = Ticks(_restamper.ShiftTicks + period);
        return period;
    }

    private void Begin()
    {
        Phase = TsLoopPhase.Turn;
        _pat.Whole.CopyTo(_tables);
        _pmt.Whole.CopyTo(_tables.AsSpan(_pat.Whole.Length));
        _tableBytes = _pat.Whole.Length + _pmt.Whole.Length;
        for (int at = 0; at < _tableBytes; at += TsPacket.Size)
            _restamper.Restamp(_tables.AsSpan(at, TsPacket.Size));
        _restamper.BeginTurn();     // what comes of these PIDs follows on the tables
    }

    private static long Ticks(long ticks) => ticks & (TsClock.PtsModulus - 1);

    // The finder reads everything; the tables are kept for whoever begins here.
    private bool Look(ReadOnlySpan<byte> packet)
    {
        uint number = _number++;
        bool isAccess = _finder.Receive(packet, number);
        if (packet[0] != TsPacket.SyncByte)
            return false;
        int pid = (packet[1] & 0x1f) << 8 | packet[2];
        bool startsUnit = (packet[1] & 0x40) != 0;
        if (pid == TsPacket.PatPid)
            _pat.Take(packet, startsUnit, _finder.Pat.Last == number);
        else if (pid == _finder.PmtPid)
            _pmt.Take(packet, startsUnit, _finder.Pmt.Last == number);
        return isAccess;
    }

    private bool Pass(Span<byte> packet)
    {
        if (Phase == TsLoopPhase.Lead || !TsPacket.TryParse(packet, out var view))
            return Phase == TsLoopPhase.Turn && _restamper.Restamp(packet);
        if (Phase == TsLoopPhase.Tail)
            return IsOfTail(view) && _restamper.Restamp(packet);
        if (!view.IsNull && view.HasPayload && !view.TransportError && !IsOfTurn(view))
            TsPacket.WriteNull(packet);     // keeps its place, for a stream of constant rate
        else
            NoteClock(view);
        return _restamper.Restamp(packet);
    }

    private void NoteClock(in TsPacket packet)
    {
        if (!packet.TryGetPcr(out long pcr) || (_pcrPid >= 0 && _pcrPid != packet.Pid))
            return;
        if (_firstPcr < 0)
            (_firstPcr, _pcrPid) = (pcr, packet.Pid);
        _lastPcr = pcr;
    }
}
