using System.Net;
using Sluice.Linux;
using Sluice.Scenarios.Runner;
using Sluice.Wire.Rtp;

namespace Sluice.Scenarios.Loads;

/// <summary>A source without a kernel: packets that are due by the time of the call, in virtual time.</summary>
internal sealed class Script(StreamShape flow, long startNs)
{
    private static readonly DatagramAddress Encoder = DatagramAddress.From(IPAddress.Loopback, 5_000);
    private readonly byte[] _packet = new byte[RtpHeader.Size + StreamShape.PayloadBytes];
    private readonly long _startNs = startNs;
    private long _index;

    public long NextNs { get; private set; } = startNs;

    public int Deliver(ReceiveBatch batch, MonotonicTime now)
    {
        var count = 0;
        for (; count < batch.Limit && NextNs <= now.Ns; count++)
        {
            RtpHeader.Write(_packet, RtpHeader.PlainFirstByte, 33, (ushort)_index, (uint)(NextNs / 1_000 * 9 / 100), 7);
            batch.Deliver(count, _packet, NextNs, in Encoder);
            _index++;
            NextNs = _startNs + (long)(_index / flow.Burst * flow.Burst * flow.SpacingNs);
        }
        return count;
    }
}

/// <summary>A socket that takes everything at no cost: what remains is the engine itself.</summary>
internal readonly struct NullSocket(Script? script) : IDatagramSocket
{
    public int ReceiveBatch(ReceiveBatch batch, MonotonicTime now) => script?.Deliver(batch, now) ?? 0;

    public int SendBatch(SendBatch batch, int first) => batch.MessageCount - first;

    public int SendSingly(SendBatch batch, int message, Span<int> results)
    {
        results[..batch.PacketsIn(message)].Fill(1);
        return batch.PacketsIn(message);
    }

    public int SendTo(in DatagramAddress to, ReadOnlySpan<byte> bytes) => bytes.Length;
}
