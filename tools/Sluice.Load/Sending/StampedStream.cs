using System.Buffers.Binary;
using Sluice.Load.Payload;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Load.Sending;

/// <summary>What a stream did on purpose.</summary>
public sealed record Injected(long Lost, long Duplicates, long Reordered, long SsrcChanges, long Restarts)
{
    public static Injected operator +(Injected a, Injected b) => Add(a, b);

    public static Injected Add(Injected a, Injected b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new(a.Lost + b.Lost, a.Duplicates + b.Duplicates, a.Reordered + b.Reordered, a.SsrcChanges + b.SsrcChanges, a.Restarts + b.Restarts);
    }
}

/// <summary>
/// One stream of datagrams, numbered, with its faults, ready to be stamped: no socket, no clock. The same plan and source give the
/// same datagrams (but for the stamps' times).
/// </summary>
public sealed class StampedStream
{
    private const byte PayloadTypeMp2t = 33;
    private const int HeldFor = 2;
    private readonly StreamPlan _plan;
    private readonly PacketSource _source;
    private readonly Random _random;
    private readonly (uint Run, uint Number) _name;
    private readonly byte[] _held = new byte[DatagramBytesMax], _again = new byte[DatagramBytesMax];
    private Outgoing? _heldBack, _duplicate;
    private int _releaseIn, _ssrcChanges, _restarts;
    private uint _ssrc, _timestampOffset;
    private ushort _sequence;
    private long _index, _shiftNs, _lost, _duplicates, _reordered;

    public const int DatagramBytesMax = PacketSource.BytesMax + RtpHeader.Size;

    /// <summary>One datagram that is due. Its stamp is written by <see cref="Seal"/>.</summary>
    /// <param name="DueNs">From the start of the run.</param>
    /// <param name="StampAt">-1: it takes no stamp.</param>
    public readonly record struct Outgoing(long DueNs, int Length, int PayloadAt, int StampAt, long Index);

    public StampedStream(StreamPlan plan, PacketSource source, uint run, uint number)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (_plan, _source, _name) = (plan, source, (run, number));
        _random = new Random(unchecked(plan.Seed * 7919 + (int)number));
        BeginAnew();
        (_ssrc, _sequence, _timestampOffset) = (plan.Ssrc + number ?? _ssrc, plan.FirstSequence ?? _sequence, plan.FirstTimestamp ?? _timestampOffset);
    }

    public Injected Injected => new(_lost, _duplicates, _reordered, _ssrcChanges, _restarts);

    /// <summary>Makes the next datagram that shall leave. False at the end of the source.</summary>
    public bool TryNext(Span<byte> target, out Outgoing packet)
    {
        if (Take(ref _duplicate, _again, target, out packet)) return true;
        if (_heldBack is not null && _releaseIn <= 0 && Take(ref _heldBack, _held, target, out packet)) return true;
        while (TryMake(target, out packet))
        {
            if (Draw(_plan.Faults.Loss)) _lost++;
            else if (_heldBack is null && Draw(_plan.Faults.Reorder)) HoldBack(target, packet);
            else
            {
                _releaseIn--;
                if (Draw(_plan.Faults.Duplicate)) Duplicate(target, packet);
                return true;
            }
        }
        return Take(ref _heldBack, _held, target, out packet);
    }

    /// <summary>Writes the stamp with its checksum: the last thing before the datagram leaves.</summary>
    public void Seal(Span<byte> datagram, in Outgoing packet, long sentNs)
    {
        if (packet.StampAt < 0) return;
        var payload = datagram[packet.PayloadAt..packet.Length];
        var covered = _plan.ChecksumWhole ? payload.Length : packet.StampAt + TsPacket.HeaderSize + Stamp.Size;
        new Stamp(_name.Run, _name.Number, packet.Index, sentNs).Write(payload, packet.StampAt, covered);
    }

    private bool TryMake(Span<byte> target, out Outgoing packet)
    {
        packet = default;
        if (!_source.TryNext(target[RtpHeader.Size..], out var media)) return false;
        ChangeSource(media.DueNs + _shiftNs);
        var bytes = target.Slice(RtpHeader.Size, media.Length);
        var payloadAt = media.IsVerbatim ? PassOn(bytes, target, media.HeaderBytes) : WriteHeader(bytes, target, media.Timestamp);
        var length = media.IsVerbatim ? media.Length : payloadAt + media.Length;
        packet = new Outgoing(media.DueNs + _shiftNs + _plan.PhaseNs, length, payloadAt, media.StampAt, _index++);
        return true;
    }

    private int WriteHeader(ReadOnlySpan<byte> payload, Span<byte> target, uint timestamp)
    {
        if (!_plan.Rtp)
        {
            payload.CopyTo(target);
            return 0;
        }
        new RtpHeader(PayloadTypeMp2t, false, _sequence++, timestamp + _timestampOffset, _ssrc).Write(target);
        return RtpHeader.Size;
    }

    // A captured packet keeps its own numbers, gaps and all; they are shifted after a change of source only.
    private int PassOn(ReadOnlySpan<byte> datagram, Span<byte> target, int headerBytes)
    {
        datagram.CopyTo(target);
        if (headerBytes == 0) return 0;
        if (_plan.Ssrc is not null || _ssrcChanges + _restarts > 0) BinaryPrimitives.WriteUInt32BigEndian(target[8..], _ssrc);
        if (_restarts == 0) return headerBytes;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(target[2..]) + _sequence));
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], BinaryPrimitives.ReadUInt32BigEndian(target[4..]) + _timestampOffset);
        return headerBytes;
    }

    private void ChangeSource(long atNs)
    {
        if (_ssrcChanges < _plan.Faults.SsrcChangeAtNs.Count && atNs >= _plan.Faults.SsrcChangeAtNs[_ssrcChanges])
        {
            _ssrcChanges++;
            _ssrc = NextUInt32();
        }
        if (_restarts < _plan.Faults.RestartAtNs.Count && atNs >= _plan.Faults.RestartAtNs[_restarts])
        {
            _restarts++;
            _shiftNs += _plan.Faults.RestartGapNs;
            BeginAnew();
        }
    }

    private void BeginAnew() => (_ssrc, _sequence, _timestampOffset) = (NextUInt32(), (ushort)NextUInt32(), NextUInt32());

    private void HoldBack(ReadOnlySpan<byte> datagram, in Outgoing packet)
    {
        datagram[..packet.Length].CopyTo(_held);
        (_heldBack, _releaseIn) = (packet, HeldFor);
        _reordered++;
    }

    private void Duplicate(ReadOnlySpan<byte> datagram, in Outgoing packet)
    {
        datagram[..packet.Length].CopyTo(_again);
        _duplicate = packet;
        _duplicates++;
    }

    private static bool Take(ref Outgoing? kept, ReadOnlySpan<byte> bytes, Span<byte> target, out Outgoing packet)
    {
        packet = kept ?? default;
        if (kept is null) return false;
        bytes[..packet.Length].CopyTo(target);
        kept = null;
        return true;
    }

    private bool Draw(double probability) => probability > 0 && _random.NextDouble() < probability;

    private uint NextUInt32() => (uint)_random.NextInt64(1L << 32);
}
