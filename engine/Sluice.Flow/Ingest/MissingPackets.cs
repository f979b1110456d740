namespace Sluice.Flow;

/// <summary>
/// The packets of one source that have not come, and when their sender is to be asked for them: a little after the gap was seen, because
/// a packet may only have been overtaken; again after about a round trip; no more when the answer would come after the reorder window
/// has gone on without them. No socket and no clock. Owned by the ingest thread.
/// </summary>
internal sealed class MissingPackets(long waitNs, SourceCounters counters)
{
    /// <summary>Packets that are waited for at a time (power of two): two seconds without a packet at 475 packets/s. More are not asked for.</summary>
    public const int Max = 1_024;

    /// <summary>Between two rounds of asking: 200 NACKs a second, where a peer like Sluice takes 500.</summary>
    private const long RoundNs = 5_000_000;

    /// <summary>Packets asked for in a second, repeats included, and at once: 20 % loss at 10,000 packets/s.</summary>
    private const double AsksPerSecondMax = 2_000, AsksAtOnceMax = 500;

    /// <summary>How long a packet may be late before it is taken for lost: a twentieth of the window, within these.</summary>
    private const long GraceMinNs = 1_000_000, GraceMaxNs = 10_000_000;

    /// <summary>Until the first answer has shown how long one takes: a quarter of the window, within these.</summary>
    private const long FirstRepeatMinNs = 10_000_000, FirstRepeatMaxNs = 100_000_000;

    private struct Entry
    {
        public long Sequence;
        public long DeadlineNs;
        public long NextNs;         // MaxValue: not asked for (any more)
        public long AskedNs;
        public int Asks;
        public bool HasCome;
    }

    private readonly Entry[] _entries = new Entry[Max];     // a ring in the order of their numbers
    private readonly long _graceNs = Math.Clamp(waitNs / 20, GraceMinNs, GraceMaxNs);
    private readonly long _firstRepeatNs = Math.Clamp(waitNs / 4, FirstRepeatMinNs, FirstRepeatMaxNs);
    private uint _head;
    private int _count;
    private long _variationNs;
    private double _tokens = AsksAtOnceMax;
    private long _filledNs;

    /// <summary>When <see cref="Collect"/> may have something to say.</summary>
    public long NextNs { get; private set; } = long.MaxValue;

    /// <summary>Packets that have not come and may still come in time.</summary>
    public int Count => _count;

    /// <summary>Smoothed time from asking to the packet (RFC 6298 §2); 0 before the first answer.</summary>
    public long RoundTripNs { get; private set; }

    /// <summary>A packet came that left these out.</summary>
    public void OnGap(long first, long last, long nowNs)
    {
        for (var sequence = first; sequence <= last && _count < Max; sequence++)
            _entries[(_head + (uint)_count++) & (Max - 1)] = new Entry { Sequence = sequence, DeadlineNs = nowNs + waitNs, NextNs = nowNs + _graceNs };
        NextNs = Math.Min(NextNs, nowNs + _graceNs);
    }

    /// <summary>Whether the packet has not come and is waited for.</summary>
    public bool IsMissing(long sequence) => Find(sequence) is >= 0 and var i && !At(i).HasCome;

    /// <summary>The packet came behind a later one. True when it had been asked for.</summary>
    public bool OnCome(long sequence, long nowNs)
    {
        var i = Find(sequence);
        if (i < 0 || At(i).HasCome)
            return false;
        ref var entry = ref At(i);
        (entry.HasCome, entry.NextNs) = (true, long.MaxValue);
        // RFC 6298 §3 (Karn): of two questions nobody knows which was answered.
        if (entry.Asks == 1)
            Measure(Math.Max(nowNs - entry.AskedNs, 1));
        var wasAsked = entry.Asks > 0;
        if (wasAsked)
            counters.Recovered++;
        while (_count > 0 && At(0).HasCome)
            RemoveFirst();
        return wasAsked;
    }

    /// <summary>The window has gone on: what is below this number is given up.</summary>
    public void OnPassed(long next)
    {
        for (; _count > 0 && At(0).Sequence < next; RemoveFirst())
            if (At(0) is { HasCome: false, Asks: > 0 })
                counters.GivenUp++;
    }

    /// <summary>The stream began anew: nobody can be asked for what was before.</summary>
    public void Clear() => OnPassed(long.MaxValue);

    /// <summary>The numbers to ask for now, in their order.</summary>
    public int Collect(long nowNs, Span<long> numbers)
    {
        if (nowNs < NextNs)
            return 0;
        _tokens = Math.Min(_tokens + AsksPerSecondMax * (nowNs - _filledNs) / 1e9, AsksAtOnceMax);
        _filledNs = nowNs;
        var taken = 0;
        var next = long.MaxValue;
        for (var i = 0; i < _count; i++)
        {
            ref var entry = ref At(i);
            if (entry.NextNs <= nowNs && taken < numbers.Length && MayAsk(ref entry, nowNs))
                numbers[taken++] = entry.Sequence;
            next = Math.Min(next, entry.NextNs);
        }
        NextNs = next == long.MaxValue ? next : Math.Max(next, nowNs + RoundNs);
        return taken;
    }

    private bool MayAsk(ref Entry entry, long nowNs)
    {
        if (nowNs >= entry.DeadlineNs || (entry.Asks > 0 && nowNs + RoundTripNs >= entry.DeadlineNs))
        {
            entry.NextNs = long.MaxValue;
            return false;
        }
        if (_tokens < 1)
            return false;
        _tokens--;
        var repeatNs = nowNs + RepeatNs;
        (entry.AskedNs, entry.NextNs) = (nowNs, repeatNs + RoundTripNs < entry.DeadlineNs ? repeatNs : long.MaxValue);
        entry.Asks++;
        counters.Asked++;
        return true;
    }

    // RFC 6298 §2.3 waits out four times the variation, because TCP pays for a repeat with its congestion window. Here it costs a packet and the
    // time is bounded: 20 ms of round trip and 10 of variation let three questions into 200 ms, and at 5 % of loss either way one of 1,000 lost
    // packets stays away after three. A tenth of the window at most keeps room for five: one of 100,000.
    private long RepeatNs => RoundTripNs == 0 ? _firstRepeatNs : RoundTripNs + Math.Clamp(4 * _variationNs, RoundNs, Math.Max(waitNs / 10, RoundNs));

    // RFC 6298 §2.3: alpha 1/8, beta 1/4.
    private void Measure(long sampleNs)
    {
        _variationNs = RoundTripNs == 0 ? sampleNs / 2 : _variationNs + (Math.Abs(RoundTripNs - sampleNs) - _variationNs) / 4;
        RoundTripNs = RoundTripNs == 0 ? sampleNs : RoundTripNs + (sampleNs - RoundTripNs) / 8;
        counters.AnswerNs = RoundTripNs;
    }

    private void RemoveFirst()
    {
        _head++;
        _count--;
    }

    private ref Entry At(int index) => ref _entries[(_head + (uint)index) & (Max - 1)];

    private int Find(long sequence)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = At(middle).Sequence;
            if (found == sequence)
                return middle;
            if (found < sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }
}
