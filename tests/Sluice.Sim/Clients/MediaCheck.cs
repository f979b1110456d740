using System.Buffers.Binary;

namespace Sluice.Sim;

/// <summary>
/// Judges every media datagram that a player gets: whole and unmixed payload, contiguous numbers with holes only where the
/// source had them, one SSRC, one timestamp offset, one delay. Allocates nothing until a promise is broken.
/// </summary>
public sealed class MediaCheck(CheckContext context)
{
    private readonly SimNet _net = context.Net;
    private readonly PlayerTable _players = context.Players;
    private TraceHash _trace = new();

    public ulong Trace => _trace.Value;

    public long Datagrams { get; private set; }

    /// <summary>Datagrams per 10 ms of virtual time, for rate checks; null when nobody asks.</summary>
    public RateMeter? Rate { get; set; }

    /// <summary>Follows one player's delivery times; null when nobody asks.</summary>
    public DeliveryWatch? Watch { get; set; }

    /// <summary>Who asks for lost packets.</summary>
    public Askers? Askers { get; set; }

    public void OnDatagram(int player, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        Datagrams++;
        if (Askers?.TryTakeAnswer(player, header, body) == true)
        {
            _trace.Add(_net.NowNs, player, header[3], 0, _players.Answered[player]);
            if (_players.State[player] == PlayerState.Stopped)
                CheckStopped(player);
            return;
        }
        Judge(player, header, body);
        Askers?.OnMedia(player, header, body);
    }

    private void Judge(int player, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        Rate?.Add(_net.NowNs);
        var isRtp = header.Length != 0;
        var payload = isRtp && (header[0] & 0x10) != 0 ? body[DatagramWriter.ExtensionBytes..] : body;
        if (!PayloadStamp.TryRead(payload, out var stamp))
            throw context.Broken(player, "the payload is not what any source sent");
        var (sequence, timestamp) = (0, 0u);
        if (isRtp)
            (sequence, timestamp) = ReadHeader(player, header);
        _trace.Add(_net.NowNs, player, (uint)sequence, timestamp, stamp.Id);
        if (_players.State[player] == PlayerState.Stopped)
        {
            CheckStopped(player);
            return;
        }
        if (_players.State[player] == PlayerState.Starting && !TryStart(player, isRtp, (ushort)sequence, timestamp, in stamp))
            return;
        if (_players.State[player] == PlayerState.Playing && !IsAfterPreface(player, isRtp, (ushort)sequence, timestamp, in stamp))
            Follow(player, isRtp, (ushort)sequence, timestamp, in stamp);
        CheckTime(player, in stamp);
        Watch?.OnPacket(player, _net.NowNs - _net.Track(stamp.Source).ArrivalNs(stamp.Id) - _players.DelayNs[player], stamp.SentNs, _net.NowNs);
        Remember(player, (ushort)sequence, timestamp, in stamp);
    }

    private (ushort, uint) ReadHeader(int player, ReadOnlySpan<byte> header)
    {
        if (header.Length != 12 || header[0] >> 6 != 2 || (header[1] & 0x7f) != 33)
            throw context.Broken(player, $"not an RTP header of MPEG-TS: {Convert.ToHexString(header)}");
        if (BinaryPrimitives.ReadUInt32BigEndian(header[8..]) != _players.Ssrc[player])
            throw context.Broken(player, "another SSRC than its own");
        return (BinaryPrimitives.ReadUInt16BigEndian(header[2..]), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
    }

    private bool HasHeard(int player, long step) => _net.HeardUpTo(_players.Seat[player].Shard) > step;

    // What its loop sent before it heard, and what a full socket holds back, may still come.
    private void CheckStopped(int player)
    {
        _players.Received[player]++;
        if (HasHeard(player, _players.StopStep[player]) && _net.NowNs > context.BlockedUntilNs)
            throw context.Broken(player, "a packet after the player had stopped");
    }

    // False: a leftover of the time before a pause.
    private bool TryStart(int player, bool isRtp, ushort sequence, uint timestamp, in PayloadStamp stamp)
    {
        if (isRtp && (sequence != _players.PromisedSequence[player] || timestamp != _players.PromisedTimestamp[player]))
        {
            if (!HasHeard(player, _players.StartStep[player]) || (_net.NowNs <= context.BlockedUntilNs && _players.Received[player] > 0))
            {
                _players.Received[player]++;
                return false;
            }
            if (!HasOwnLosses(player))
                throw context.Broken(player, $"began with {sequence}/{timestamp}, "
                    + $"promised {_players.PromisedSequence[player]}/{_players.PromisedTimestamp[player]}");
        }
        _players.TimestampOffset[player] = timestamp - stamp.Timestamp;
        _players.MayHavePreface[player] = _players.BehindNs[player] > 0 && context.Streams[stamp.Source].HasTables(stamp.Id);
        return true;
    }

    // Tables with the promised numbers, then at once the access point that they belong to, with the same timestamp.
    private bool IsAfterPreface(int player, bool isRtp, ushort sequence, uint timestamp, in PayloadStamp stamp)
    {
        if (!_players.MayHavePreface[player])
            return false;
        _players.MayHavePreface[player] = false;
        var forward = stamp.Id - _players.LastId[player];
        if (stamp.Source != _players.LastSource[player] || forward <= 1)
            return false;
        var step = (ushort)(sequence - _players.LastSequence[player]);
        var isAccess = context.Streams[stamp.Source].IsAccess(stamp.Id) && (!isRtp || (step == 1 && timestamp == _players.LastTimestamp[player]));
        // The access point itself may have gone into an error of the destination; the tables' leap shows in the numbers all the same.
        if (!isAccess && !(isRtp && HasOwnLosses(player) && step < forward))
            return false;
        _players.TimestampOffset[player] = timestamp - stamp.Timestamp;
        _players.Prefaced++;
        return true;
    }

    // The first packets may have gone into an error of the destination itself, which is counted after this.
    private bool HasOwnLosses(int player) =>
        _players.Fault[player].Errno != 0 || (_players.Spec[player]!.Progress is { } p && p.SendErrors + p.LateDropped + p.Overrun > 0);

    private void Follow(int player, bool isRtp, ushort sequence, uint timestamp, in PayloadStamp stamp)
    {
        var isSameEpoch = stamp.Source == _players.LastSource[player] && stamp.Epoch == _players.LastEpoch[player];
        var step = (ushort)(sequence - _players.LastSequence[player]);
        var forward = stamp.Id - _players.LastId[player];
        // A player that lost all that a backup sent sees its first source again, with a break that is none of its own.
        if (isSameEpoch && HasBackup && forward > 1 && step != (ushort)forward && HasOwnLosses(player))
            isSameEpoch = false;
        if (isSameEpoch && forward <= 0)
            throw context.Broken(player, $"packet {stamp.Id} after {_players.LastId[player]}");
        if (stamp.Source == _players.LastSource[player] && stamp.Epoch < _players.LastEpoch[player])
            throw context.Broken(player, $"epoch {stamp.Epoch} after {_players.LastEpoch[player]}");
        if (!isSameEpoch)
            FollowBreak(player, isRtp, step, timestamp, in stamp);
        else if (IsRawSource)
            FollowRaw(player, isRtp, step, forward, in stamp);
        else
            FollowSource(player, isRtp, step, forward, timestamp, in stamp);
    }

    /// <summary>Whether the sources are bare transport streams: they have no numbers of their own, so every output is contiguous.</summary>
    public bool IsRawSource { get; set; }

    /// <summary>Whether a feed has two sources.</summary>
    public bool HasBackup { get; set; }

    private void FollowSource(int player, bool isRtp, ushort step, long forward, uint timestamp, in PayloadStamp stamp)
    {
        if (isRtp && step != (ushort)forward)
            throw context.Broken(player, $"the sequence went {step} forward where the source went {forward}, at packet {stamp.Id}");
        if (isRtp && timestamp - stamp.Timestamp != _players.TimestampOffset[player])
            throw context.Broken(player, $"packet {stamp.Id} is {(int)(timestamp - stamp.Timestamp - _players.TimestampOffset[player])} RTP ticks off");
        CountMissing(player, stamp.Source, forward, stamp.Id);
    }

    private void FollowRaw(int player, bool isRtp, ushort step, long forward, in PayloadStamp stamp)
    {
        if (isRtp && step == 0)
            throw context.Broken(player, $"a sequence number twice at packet {stamp.Id}");
        CountMissing(player, stamp.Source, forward, stamp.Id);
    }

    // The source began anew: the output must not show it, but for packets that this player lost by itself.
    private void FollowBreak(int player, bool isRtp, ushort step, uint timestamp, in PayloadStamp stamp)
    {
        if (isRtp)
            _players.Missing[player] += (ushort)(step - 1);
        if (isRtp && step is 0 or > 10_000)
            throw context.Broken(player, $"the sequence jumped by {step} where the source began anew");
        if (isRtp && (int)(timestamp - _players.LastTimestamp[player]) < 0)
            throw context.Broken(player, "the timestamp went back where the source began anew");
        _players.TimestampOffset[player] = timestamp - stamp.Timestamp;
    }

    private void CountMissing(int player, int source, long forward, long id)
    {
        if (forward == 1)
            return;
        var track = _net.Track(source);
        for (var missing = id - forward + 1; missing < id; missing++)
            if (track.HasArrived(missing))
                _players.Missing[player]++;
    }

    private void CheckTime(int player, in PayloadStamp stamp)
    {
        var track = _net.Track(stamp.Source);
        var withoutDelayNs = _net.NowNs - _players.DelayNs[player];
        var arrivalNs = track.ArrivalNs(stamp.Id);
        var latestNs = context.LatestNs[_players.Feed[player]];
        // A media clock may put a late packet's delivery before its arrival, and so may the order of packets that a stall let pile up.
        var isExact = latestNs > 0 && withoutDelayNs > context.DisturbedUntilNs;
        if (!track.HasArrived(stamp.Id) || (isExact ? withoutDelayNs : _net.NowNs) < arrivalNs)
            throw context.Broken(player, $"packet {stamp.Id} left {arrivalNs - withoutDelayNs} ns before its delay was over");
        if (_net.NowNs <= context.DisturbedUntilNs || !IsInPlace(player, withoutDelayNs - arrivalNs, track.ReferenceNs(stamp.Id) - arrivalNs))
            return;
        if (latestNs > 0 && withoutDelayNs > arrivalNs + latestNs)
            throw context.Broken(player, $"packet {stamp.Id} left {withoutDelayNs - arrivalNs} ns after arrival and delay, at most {latestNs} expected");
        ref var referenceNs = ref track.ReferenceNs(stamp.Id);
        if (referenceNs == 0)
            referenceNs = withoutDelayNs;
        else if (Math.Abs(withoutDelayNs - referenceNs) > context.ToleranceNs[_players.Feed[player]])
            throw context.Broken(player, $"packet {stamp.Id} is {withoutDelayNs - referenceNs} ns away from where its delay puts it");
    }

    private const int InPlaceMin = 100;

    // One that catches up comes nearer with every packet, until it is where the others are and stays there.
    private bool IsInPlace(int player, long behindNs, long referenceNs)
    {
        if (_players.BehindNs[player] == 0)
            return true;
        var feed = _players.Feed[player];
        var latestNs = context.LatestNs[feed];
        // One that is only just not there looks as if it were: the slowest rate, 1.1, needs ten times the tolerance for the rest of its way.
        _players.InPlaceCount[player] = Math.Abs(behindNs - referenceNs) <= context.ToleranceNs[feed] ? _players.InPlaceCount[player] + 1 : 0;
        if (_players.InPlaceCount[player] <= 1)
            _players.InPlaceSinceNs[player] = _net.NowNs;
        if (_players.InPlaceCount[player] >= InPlaceMin && _net.NowNs - _players.InPlaceSinceNs[player] > 12 * context.ToleranceNs[feed])
        {
            _players.BehindNs[player] = 0;
            return true;
        }
        // A media clock may jump; by arrival only a disturbance makes it fall back.
        if (latestNs > 0 && _players.BehindNs[player] < behindNs - context.UnevennessNs[feed] && _players.BehindSinceNs[player] > context.DisturbedUntilNs)
            throw context.Broken(player, $"was {_players.BehindNs[player]} ns behind its place and is now {behindNs}");
        (_players.BehindNs[player], _players.BehindSinceNs[player]) = (behindNs, _net.NowNs);
        return false;
    }

    private void Remember(int player, ushort sequence, uint timestamp, in PayloadStamp stamp)
    {
        _players.State[player] = PlayerState.Playing;
        _players.LastId[player] = stamp.Id;
        _players.LastSource[player] = stamp.Source;
        _players.LastEpoch[player] = stamp.Epoch;
        _players.LastSequence[player] = sequence;
        _players.LastTimestamp[player] = timestamp;
        // A late one says nothing of its line.
        _players.LastNs[player] = _net.NowNs <= context.DisturbedUntilNs || _players.BehindNs[player] > 0 ? 0 : _net.NowNs;
        _players.Received[player]++;
    }
}
