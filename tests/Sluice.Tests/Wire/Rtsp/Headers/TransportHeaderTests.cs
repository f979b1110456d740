using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Wire.Rtsp.Headers;

public class TransportHeaderTests
{
    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>As received, as we write it, meaning.</summary>
    public static TheoryData<string, string, TransportHeader> Cases => new()
    {
        // ffmpeg 5.1, GStreamer 1.22 and VLC 3.0 (vectors/rtsp)
        { "RTP/AVP/UDP;unicast;client_port=7716-7717", "RTP/AVP/UDP;unicast;client_port=7716-7717",
            new(TransportProtocol.RtpAvpUdp, TransportDelivery.Unicast) { ClientPort = new(7716, 7717) } },
        { "RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP/TCP;unicast;interleaved=0-1",
            new(TransportProtocol.RtpAvpTcp, TransportDelivery.Unicast) { Interleaved = new(0, 1) } },
        { "RTP/AVP;unicast;client_port=9048-9049", "RTP/AVP;unicast;client_port=9048-9049",
            new(TransportProtocol.RtpAvp, TransportDelivery.Unicast) { ClientPort = new(9048, 9049) } },
        // RFC 2326 §12.39
        { "RTP/AVP;multicast;ttl=127;mode=\"PLAY\"", "RTP/AVP;multicast;ttl=127;mode=\"PLAY\"",
            new(TransportProtocol.RtpAvp, TransportDelivery.Multicast) { Ttl = 127, Mode = TransportMode.Play } },
        { "rtp/avp ; UNICAST ; client_port=3456 ; x-unknown=\"a;b\" ; append", "RTP/AVP;unicast;client_port=3456-3457",
            new(TransportProtocol.RtpAvp, TransportDelivery.Unicast) { ClientPort = new(3456, 3457) } },
        { "RTP/AVP;destination=192.0.2.1;source=[2001:db8::1];port=5000-5001;server_port=6000-6001;ssrc=1a2B;mode=record",
            "RTP/AVP;destination=192.0.2.1;source=[2001:db8::1];port=5000-5001;server_port=6000-6001;ssrc=00001A2B;mode=\"RECORD\"",
            new(TransportProtocol.RtpAvp)
            {
                Destination = "192.0.2.1", Source = "[2001:db8::1]", Port = new(5000, 5001), ServerPort = new(6000, 6001), Ssrc = 0x1A2B,
                Mode = TransportMode.Record,
            } },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ReadsAndWrites(string received, string written, TransportHeader meaning)
    {
        Assert.True(TransportHeader.TryParse(Bytes(received), out var header));
        Assert.Equal(meaning, header);
        Assert.Equal(written, header.ToString());
        Assert.True(TransportHeader.TryParse(Bytes(written), out var again));
        Assert.Equal(meaning, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("RTP/SAVP;unicast;client_port=1-2")]
    [InlineData("RAW/RAW/UDP;unicast;client_port=1-2")]
    [InlineData("RTP/AVP;client_port=")]
    [InlineData("RTP/AVP;client_port=x-y")]
    [InlineData("RTP/AVP;client_port=1-65536")]
    [InlineData("RTP/AVP;client_port=65535")]
    [InlineData("RTP/AVP;client_port=1-2-3")]
    [InlineData("RTP/AVP;client_port=+1-2")]
    [InlineData("RTP/AVP;client_port=1-2;client_port=3-4")]
    [InlineData("RTP/AVP/TCP;interleaved=255")]
    [InlineData("RTP/AVP/TCP;interleaved=0-256")]
    [InlineData("RTP/AVP;unicast;multicast")]
    [InlineData("RTP/AVP;ssrc=123456789")]
    [InlineData("RTP/AVP;ssrc=g")]
    [InlineData("RTP/AVP;ttl=256")]
    [InlineData("RTP/AVP;mode=dance")]
    [InlineData("RTP/AVP;destination=a b")]
    public void Refuses(string received)
    {
        Assert.False(TransportHeader.TryParse(Bytes(received), out var header));
        Assert.Equal(default, header);
    }

    [Fact]
    public void ReadsAlternativesInOrderAndPassesOverWhatItCannotRead()
    {
        var rest = (ReadOnlySpan<byte>)"RTP/SAVP;unicast,RTP/AVP;multicast;mode=\"PLAY\", RTP/AVP/TCP;interleaved=2-3"u8;
        var read = new List<TransportHeader?>();
        while (TransportHeader.TryReadNext(ref rest, out var alternative))
            read.Add(alternative);
        Assert.Equal(
        [
            null, new TransportHeader(TransportProtocol.RtpAvp, TransportDelivery.Multicast) { Mode = TransportMode.Play },
            new TransportHeader(TransportProtocol.RtpAvpTcp) { Interleaved = new(2, 3) },
        ], read);
    }

    [Fact]
    public void WhatIsWrittenReadsBack()
    {
        var pairs = ArbMap.Default.GeneratorFor<ushort>().Two().Select(pair => (PortPair?)new PortPair(pair.Item1, pair.Item2)).OrNull();
        var channels = ArbMap.Default.GeneratorFor<byte>().Two().Select(pair => (PortPair?)new PortPair(pair.Item1, pair.Item2)).OrNull();
        var headers =
            from protocol in Gen.Elements(Enum.GetValues<TransportProtocol>())
            from delivery in Gen.Elements(Enum.GetValues<TransportDelivery>())
            from mode in Gen.Elements(Enum.GetValues<TransportMode>())
            from client in pairs from server in pairs from port in pairs from interleaved in channels
            from ssrc in ArbMap.Default.GeneratorFor<uint?>() from ttl in ArbMap.Default.GeneratorFor<byte?>()
            from address in Gen.Elements(null, "192.0.2.7", "host.example", "[::1]")
            select new TransportHeader(protocol, delivery)
            {
                Mode = mode, ClientPort = client, ServerPort = server, Port = port, Interleaved = interleaved, Ssrc = ssrc, Ttl = ttl,
                Destination = address, Source = address,
            };
        Prop.ForAll(headers.ToArbitrary(), header => TransportHeader.TryParse(Bytes(header.ToString()), out var again) && again == header)
            .QuickCheckThrowOnFailure();
    }
}

internal static class GenExtensions
{
    public static Gen<T?> OrNull<T>(this Gen<T?> gen) where T : struct => Gen.OneOf(gen, Gen.Constant((T?)null));
}
