using System.Net;
using Sluice.Linux;
using Sluice.Scenarios.Runner;
using Sluice.Wire.Rtp;

namespace Sluice.Scenarios.Loads;

/// <summary>What a sending loop did.</summary>
internal readonly record struct Sent(long Packets, long Errors, long CpuNs)
{
    public double NsPerPacket => (double)CpuNs / Packets;
}

/// <summary>The bare loop in C#: header, <c>sendmmsg</c> of 64 messages, nothing else. The same work as <c>Native/send.c</c>.</summary>
internal static class TightLoop
{
    private const int Messages = 64;
    private const long TickNs = 1L << 19;

    /// <summary>Sends so many packets in trains to the ports in turn, on a thread of its own, pinned.</summary>
    /// <param name="packetsPerSecond">0: as fast as it goes; otherwise batches on ticks of 0.52 ms.</param>
    public static Sent Run(int core, int ports, int train, long packets, double packetsPerSecond)
    {
        var sent = default(Sent);
        var thread = new Thread(() => sent = Loop(core, ports, train, packets, packetsPerSecond));
        thread.Start();
        thread.Join();
        return sent;
    }

    private static Sent Loop(int core, int ports, int train, long packets, double packetsPerSecond)
    {
        ThreadControl.PinToCore(core);
        ThreadControl.SetTimerSlackNs(1);
        using var socket = Sockets.Sender();
        using var bodies = new Bodies(16);
        using var batch = new SendBatch(Messages, Messages * train);
        DatagramAddress[] to = [.. Enumerable.Range(0, ports).Select(port => DatagramAddress.From(IPAddress.Loopback, Sink.Port(port)))];
        var (sent, errors, next) = (0L, 0L, 0);
        var (start, cpu) = (SystemClock.Now, ThreadControl.CpuTimeNs);
        while (sent < packets)
        {
            if (packetsPerSecond > 0)
                ThreadControl.SleepUntil(new MonotonicTime((start.Ns + (long)(sent * 1e9 / packetsPerSecond) + TickNs - 1) / TickNs * TickNs));
            for (var message = 0; message < Messages; message++)
            {
                Write(batch, in to[next], bodies, train, (uint)(sent / ports), 0xC000_0000 + (uint)next);
                next = next + 1 == ports ? 0 : next + 1;
            }
            errors += Flush(socket, batch);
            sent += Messages * train;
        }
        return new Sent(sent, errors, ThreadControl.CpuTimeNs - cpu);
    }

    /// <summary>One message: a train for one port.</summary>
    public static void Write(SendBatch batch, in DatagramAddress to, Bodies bodies, int train, uint sequence, uint ssrc, int firstBody = 0)
    {
        batch.BeginMessage(in to, RtpHeader.Size + Bodies.Length);
        for (var i = 0; i < train; i++)
        {
            var header = batch.AddPacket(RtpHeader.Size, bodies.At(firstBody + i), Bodies.Length);
            RtpHeader.Write(header, RtpHeader.PlainFirstByte, 33, (ushort)(sequence + i), sequence * 90, ssrc);
        }
    }

    /// <summary>Sends the whole batch; a message that fails is skipped and counted.</summary>
    public static int Flush(DatagramSocket socket, SendBatch batch)
    {
        var errors = 0;
        for (var first = 0; first < batch.MessageCount;)
        {
            var sent = socket.SendBatch(batch, first);
            errors += sent <= 0 ? 1 : 0;
            first += Math.Max(sent, 1);
        }
        batch.Clear();
        return errors;
    }
}
