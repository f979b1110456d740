using System.Buffers.Binary;
using Sluice.Flow;
using Sluice.Wire.Rtcp;
using Sluice.Wire.Rtp;

namespace Sluice.Sim;

/// <summary>
/// Players that lose packets on their last mile and ask for them again (RFC 4585), and what they may get for it: what they asked for and
/// nothing else, whole, at most once a question, and no more than their share of the media rate. The loss is theirs alone: the other checks
/// see every packet, so that they hold for askers as well.
/// </summary>
public sealed class Askers
{
    /// <summary>How far back questions are remembered, packets.</summary>
    private const int RememberedMax = 4_096;
    private const uint FirstPeer = 0xA5C0_0000;
    private const int CompoundMax = 1_400, AsksMax = 128;

    private sealed class Question
    {
        public long Id;
        public int Asks, AsksLeft, Answers;
    }

    private sealed class Asker(AskPlan plan)
    {
        public AskPlan Plan => plan;
        public SortedDictionary<long, Question> Questions { get; } = [];       // by extended number
        public Queue<long> Open { get; } = new();
        public long Highest = -1;
        public int LastRtx = -1;
        public long SinceNs, AnsweredBytes;
    }

    private readonly CheckContext _context;
    private readonly Asker?[] _askers;
    private readonly Chance _chance;
    private readonly byte[] _compound = new byte[CompoundMax];

    public Askers(CheckContext context, IReadOnlyList<PlayerPlan> players, Chance chance)
    {
        (_context, _chance) = (context, chance);
        _askers = [.. players.Select(player => player.Asks is { } asks && player.Kind == ClientKind.RtpOverUdp ? new Asker(asks) : null)];
    }

    /// <summary>By player: packets lost on its last mile, and answers that it got.</summary>
    public long[] Lost => _lost ??= new long[_askers.Length];
    private long[]? _lost;

    public bool IsAsker(int player) => _askers[player] is not null;

    /// <summary>The player's right to answers, for its spec; null for one that never asks.</summary>
    public RetransmitState? Right(int player, long holdNs) => _askers[player] is not { } asker || holdNs == 0 ? null
        : new RetransmitState(asker.Plan.Rtx ? RetransmitMode.Rtx : RetransmitMode.Same, AskPlan.Share, holdNs, RtxSsrc(player), AskPlan.RtxPayloadType);

    /// <summary>A datagram of the player's that is an answer: judged here and by nobody else.</summary>
    public bool TryTakeAnswer(int player, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (_askers[player] is not { } asker || header.Length < RtpHeader.Size)
            return false;
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(header[8..]) == RtxSsrc(player))
            sequence = OriginalOf(player, asker, sequence, header);
        else if (asker.Highest < 0 || SequenceNumbers.Distance((ushort)asker.Highest, sequence) > 0)
            return false;
        Judge(player, asker, SequenceNumbers.Extend(asker.Highest, sequence), PayloadOf(header, body), body.Length);
        return true;
    }

    /// <summary>A packet of the stream itself, which chance may take away.</summary>
    public void OnMedia(int player, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (_askers[player] is not { } asker || !PayloadStamp.TryRead(PayloadOf(header, body), out var stamp))
            return;
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (asker.Highest < 0)
            asker.SinceNs = _context.Net.NowNs;
        asker.Highest = asker.Highest < 0 ? sequence + (1L << 16) : SequenceNumbers.Extend(asker.Highest, sequence);
        while (asker.Questions.Count > 0 && asker.Questions.Keys.First() < asker.Highest - RememberedMax)
            asker.Questions.Remove(asker.Questions.Keys.First());
        if (!_chance.Hits(asker.Plan.LossRate))
            return;
        Lost[player]++;
        asker.Questions[asker.Highest] = new Question { Id = stamp.Id, AsksLeft = asker.Plan.Repeats };
        asker.Open.Enqueue(asker.Highest);
    }

    /// <summary>What the player sends now; empty when it misses nothing.</summary>
    public ReadOnlySpan<byte> Ask(int player)
    {
        var asker = _askers[player]!;
        var numbers = new List<ushort>();
        for (var left = asker.Open.Count; left > 0 && numbers.Count < AsksMax; left--)
        {
            var number = asker.Open.Dequeue();
            if (!asker.Questions.TryGetValue(number, out var question) || (question.Answers > 0 && asker.Plan.Repeats == 1))
                continue;
            question.Asks++;
            numbers.Add((ushort)number);
            if (--question.AsksLeft > 0)
                asker.Open.Enqueue(number);
        }
        if (numbers.Count == 0)
            return default;
        var writer = new RtcpCompoundWriter(_compound);
        var entries = new NackEntry[numbers.Count];
        writer.TryAdd(new ReceiverReport(FirstPeer + (uint)player));
        writer.TryAddNack(FirstPeer + (uint)player, _context.Players.Ssrc[player], entries.AsSpan(0, NackEntry.Pack([.. numbers], entries)));
        return _compound.AsSpan(0, writer.Length);
    }

    public static uint RtxSsrc(int player) => 0xB7C0_0000 + (uint)player;

    // RFC 4588 §4: the original number stands before the payload, and its own go up by one.
    private ushort OriginalOf(int player, Asker asker, ushort sequence, ReadOnlySpan<byte> header)
    {
        if ((header[1] & 0x7f) != AskPlan.RtxPayloadType || (asker.LastRtx >= 0 && SequenceNumbers.Distance((ushort)asker.LastRtx, sequence) <= 0))
            throw _context.Broken(player, $"RTX packet {sequence} after {asker.LastRtx}, type {header[1] & 0x7f}");
        asker.LastRtx = sequence;
        return BinaryPrimitives.ReadUInt16BigEndian(header[^2..]);
    }

    private void Judge(int player, Asker asker, long number, ReadOnlySpan<byte> payload, int bytes)
    {
        if (!asker.Questions.TryGetValue(number, out var question))
            throw _context.Broken(player, $"packet number {(ushort)number} again, which nobody asked for");
        if (++question.Answers > question.Asks)
            throw _context.Broken(player, $"packet number {(ushort)number} came again {question.Answers} times for {question.Asks} questions");
        if (!PayloadStamp.TryRead(payload, out var stamp) || stamp.Id != question.Id)
            throw _context.Broken(player, $"packet number {(ushort)number} came again as another packet");
        _context.Players.Answered[player]++;
        asker.AnsweredBytes += bytes;
        var rate = AskPlan.Share * _context.Streams.Max(stream => stream.PacketsPerSecond) * DatagramWriter.DatagramMax * AskPlan.CatchUpMax;
        var allowed = Math.Max(rate, AskPlan.BurstBytes) + rate * (_context.Net.NowNs - asker.SinceNs) / 1e9;
        if (asker.AnsweredBytes > allowed)
            throw _context.Broken(player, $"{asker.AnsweredBytes} bytes came again, at most {allowed:F0} may have");
    }

    private static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
        header.Length == RtpHeader.Size && (header[0] & RtpHeader.ExtensionBit) != 0 ? body[DatagramWriter.ExtensionBytes..] : body;
}
