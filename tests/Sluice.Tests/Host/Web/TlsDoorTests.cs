using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sluice.Control.Configuration;
using Sluice.Host.Rtsp;
using Sluice.Host.Web;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Host.Web;

/// <summary>The TLS listener: who speaks TLS 1.2 or newer gets RTSP, with the certificate that is in the files now; all others are closed.</summary>
public sealed class TlsDoorTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    private readonly string _folder = TestFolder.Create("tls");
    private readonly FakeEngine _engine = new();
    private readonly FramePump _pump = new();
    private readonly EngineWeb _web;

    public TlsDoorTests()
    {
        var (certificate, key) = TestCertificate.Write(_folder, "first");
        _web = EngineWeb.Build(new EngineConfig
        {
            Rtsp = new(IPAddress.Loopback, 0), Http = null, Admin = null,
            Rtsps = new() { Listen = new(IPAddress.Loopback, 0), Certificate = certificate, Key = key },
        }, _engine, _pump);
    }

    public Task InitializeAsync() => _web.App.StartAsync();

    public async Task DisposeAsync() => await _web.DisposeAsync();

    public void Dispose() => _pump.Dispose();

    private async Task<TcpClient> ConnectAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(_web.Bound.Rtsps!);
        return tcp;
    }

    private async Task<(SslStream Stream, string Subject)> HandshakeAsync(TcpClient tcp)
    {
        var subject = "";
        var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) => (subject = certificate!.Subject).Length > 0);
        await tls.AuthenticateAsClientAsync("127.0.0.1").WaitAsync(s_bound);
        return (tls, subject);
    }

    /// <summary>Everything until the server closes; a reset is a close.</summary>
    private static async Task<byte[]> ReadToEndAsync(NetworkStream stream)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(s_bound);
        }
        catch (IOException)
        {
            // Reset.
        }
        return all.ToArray();
    }

    [Fact]
    public async Task SpeaksRtspWithItsOwnMediaOnly()
    {
        using var tcp = await ConnectAsync();
        var (tls, subject) = await HandshakeAsync(tcp);
        Assert.Equal("CN=first", subject);
        Assert.True(tls.SslProtocol >= System.Security.Authentication.SslProtocols.Tls12);
        await tls.WriteAsync("SETUP rtsps://x/news RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n"u8.ToArray());
        var reply = new byte[4096];
        var length = await tls.ReadAsync(reply).AsTask().WaitAsync(s_bound);
        Assert.StartsWith("RTSP/1.0 461", Encoding.ASCII.GetString(reply, 0, length));
    }

    [Fact]
    public async Task ANewCertificateServesWhoComesNextAndABrokenOneNobody()
    {
        File.WriteAllText(Path.Combine(_folder, "key.pem"), "half a f");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            using var tcp = await ConnectAsync();
            Assert.Equal("CN=first", (await HandshakeAsync(tcp)).Subject);
        }));
        TestCertificate.Write(_folder, "second");
        await Eventually.TrueAsync("the new certificate", s_bound, async () =>
        {
            using var tcp = await ConnectAsync();
            return (await HandshakeAsync(tcp)).Subject == "CN=second";
        });
    }

    [Theory]
    [InlineData("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 400 ")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "RTSP/1.0 400 ")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "RTSP/1.0 400 ")]
    [InlineData("\u0001\u0002\u0003\u0004", "")]
    [InlineData("$\0\0\u0004abcd", "")]
    public async Task WhatIsNoTlsIsToldSoOrClosed(string sent, string answer)
    {
        using var tcp = await ConnectAsync();
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(sent));
        Assert.Equal(answer, Encoding.ASCII.GetString(await ReadToEndAsync(tcp.GetStream()))[..answer.Length]);
        Assert.Equal((1, 0), (_engine.FakeRtsp.Counters.PlainOnTls, _engine.FakeRtsp.Counters.HandshakeFailures));
    }

    /// <summary>A ClientHello that offers TLS 1.1 at most (RFC 4346 §7.4.1.2).</summary>
    [Fact]
    public async Task OlderTlsIsRefusedWithAnAlert()
    {
        byte[] body = [3, 2, .. new byte[32], 0, 0, 4, 0xC0, 0x13, 0, 0x2F, 1, 0];
        byte[] hello = [0x16, 3, 1, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
        using var tcp = await ConnectAsync();
        await tcp.GetStream().WriteAsync(hello);
        var answer = await ReadToEndAsync(tcp.GetStream());
        Assert.Equal(0x15, answer[0]);                         // alert, fatal, protocol_version (70) or handshake_failure (40)
        Assert.Equal(2, answer[5]);
        Assert.Contains(answer[6], (byte[])[70, 40]);
        await Eventually.TrueAsync("the counter", s_bound, () => _engine.FakeRtsp.Counters.HandshakeFailures == 1);
    }

    [Fact]
    public async Task NoiseBehindAHandshakeByteIsClosedAndCounted()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var noise = new byte[200];
            new Random(seed).NextBytes(noise);
            (noise[0], noise[3], noise[4]) = (0x16, 0, 100);   // a whole record, so that nothing more is waited for
            using var tcp = await ConnectAsync();
            var stream = tcp.GetStream();
            await stream.WriteAsync(noise);
            Assert.True((await ReadToEndAsync(stream)).Length < 10, $"seed {seed}");
        }
        await Eventually.TrueAsync("the counter", s_bound, () => _engine.FakeRtsp.Counters.HandshakeFailures == 20);
        using var after = await ConnectAsync();
        await HandshakeAsync(after);
    }

    [Fact]
    public async Task TlsToThePlainPortIsToldSoAndCounted()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_web.Bound.Rtsp!);
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(tcp));
        Assert.Equal((1, 1), (_engine.FakeRtsp.Counters.TlsOnPlain, _engine.FakeRtsp.Counters.Malformed));
    }
}
