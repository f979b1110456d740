using System.Net.Sockets;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>Each way to push the clip puts on the wire what its name says.</summary>
public class PusherTests
{
    [Fact]
    public async Task EachPusherSendsItsFormat()
    {
        await Task.WhenAll(
            CheckAsync(Pusher.RtpTsAsync, d => d[0] >> 6 == 2 && (d[1] & 0x7F) == 33 && (d.Length - 12) % 188 == 0 && d[12] == 0x47),
            CheckAsync(Pusher.GStreamerRtpTsAsync, d => d[0] >> 6 == 2 && (d[1] & 0x7F) == 33 && (d.Length - 12) % 188 == 0 && d[12] == 0x47),
            CheckAsync(Pusher.RtpH264Async, d => d[0] >> 6 == 2 && (d[1] & 0x7F) == 96),
            CheckAsync(Pusher.UdpTsAsync, d => d.Length % 188 == 0 && d[0] == 0x47));
    }

    private static async Task CheckAsync(Func<string, int, Task<ChildProcess>> push, Func<byte[], bool> isRight)
    {
        var port = FreePorts.Pair();
        using var socket = new UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        await using var pusher = await push("127.0.0.1", port);
        for (var i = 0; i < 50; i++)
        {
            var datagram = (await socket.ReceiveAsync().WaitAsync(TimeSpan.FromSeconds(15))).Buffer;
            Assert.True(isRight(datagram), $"{pusher.Name}: {Convert.ToHexString(datagram.AsSpan(0, Math.Min(32, datagram.Length)))}\n{pusher.Output.Tail()}");
        }
    }
}
