using System.Net;
using Sluice.Linux;
using Sluice.Load.Receiving;
using Sluice.Load.Scoring;
using Sluice.Tests.EndToEnd;
using Sluice.Wire.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.Load;

/// <summary>Beside the barest sender there is (one core, trains of four, nothing but headers): prints what the receiving side sustains.</summary>
[Collection(QuietMachine.Name)]
public class ReceiveRateTests(ITestOutputHelper output)
{
    private const int Clients = 100, Train = 4, PayloadBytes = 1316;
    private const long RunNs = 1_000_000_000;
    private long _sent;

    [Fact]
    public void PrintsWhatItSustainsBesideABareSenderOfTrains()
    {
        var score = new Score();
        using var set = new ReceiverSet(score);
        var first = FirstPort(set);
        var sender = new Thread(() => Send(first)) { IsBackground = true };
        sender.Start();
        set.Run(SystemClock.Now.Ns + RunNs + RunNs / 2);
        sender.Join();
        var limits = set.Limits();
        var nsEach = limits.CpuNs / (double)Math.Max(score.PacketCount, 1);
        output.WriteLine($"sent {_sent:n0}/s, received {score.PacketCount:n0}/s, lost {score.Sum(c => c.Lost):n0}; receiver {nsEach:0} ns a packet = " +
            $"{1e9 / nsEach:n0} packets/s on a full core; {limits}");
        Assert.True(score.PacketCount > 0);
        Assert.True(score.PacketCount == _sent || limits.RxqOverflow > 0 || limits.RcvbufErrors > 0, "what it lost it must know");
    }

    private static int FirstPort(ReceiverSet set)
    {
        for (var first = 14_000; first < 19_000; first += Clients)
            if (set.TryOpen(new ReceivePlan(IPAddress.Loopback, first) { Clients = Clients, PortStep = 1 }, out _)) return first;
        throw new InvalidOperationException("no free ports");
    }

    private void Send(int firstPort)
    {
        Assert.True(DatagramSocket.TryOpen(new() { SendBufferBytes = 8 << 20 }, out var socket, out var error), error.Message);
        using var payload = new NativeBuffer(PayloadBytes, prefault: true);
        using var batch = new SendBatch(32, 32 * Train);
        var sequences = new ushort[Clients];
        var untilNs = SystemClock.Now.Ns + RunNs;
        for (var client = 0; SystemClock.Now.Ns < untilNs;)
        {
            batch.Clear();
            for (; batch.HasRoomFor(1, Train); client = (client + 1) % Clients)
            {
                batch.BeginMessage(DatagramAddress.From(IPAddress.Loopback, firstPort + client), PayloadBytes + RtpHeader.Size);
                for (var i = 0; i < Train; i++)
                    new RtpHeader(33, false, sequences[client]++, 0, (uint)client).Write(batch.AddPacket(RtpHeader.Size, payload.Address, PayloadBytes));
            }
            for (var done = 0; done < batch.MessageCount;) done += Math.Max(socket.SendBatch(batch, done), 0);
            _sent += batch.PacketCount;
        }
        socket.Dispose();
    }
}
