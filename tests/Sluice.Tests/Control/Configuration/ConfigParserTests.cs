using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Control.Configuration;
using Sluice.Store;

namespace Sluice.Tests.Control.Configuration;

public sealed class ConfigParserTests
{
    [Fact]
    public void ReadsEverySetting()
    {
        var config = Valid(SampleConfig.Full);

        Assert.Equal("0.0.0.0:8554", config.Rtsp!.ToString());
        Assert.Equal(new StoreConfig
        {
            Path = "/var/lib/sluice", SizeBytes = 20L << 30, LoopBytes = 5L << 30, SegmentBytes = 64 << 20, Keep = new() { WindowNs = 86_400_000_000_000 },
        }, config.Store);
        Assert.Equal(new LimitsConfig { Clients = 2000, RtspSessions = 500, HttpViewers = 300, ConnectionsPerAddress = 16, DelayNs = 2_000_000_000 },
            config.Limits);
        Assert.Equal(new StreamConfig { Base = new("http://tv.example.net:8080/"), BufferBytes = 1 << 20 }, config.Streams);
        Assert.Equal(SlowReader.Drop, config.Channels[0].Slow);
        Assert.Equal("239.0.0.0/8 ff3e::/32 eth0 eth1 8 5000000000 200000000", $"{config.Relay!.Groups[0]} {config.Relay.Groups[1]} " +
            $"{config.Relay.Interface} {config.Relay.Interfaces[0]} {config.Relay.Slots} {config.Relay.LingerNs} {config.Relay.Delay.RangeNs}");
        Assert.Equal(["anna"], config.Relay.Read!);
        Assert.Equal(["news", "camera-1", "door", "raw"], config.Channels.Select(c => c.Name));
        var (news, camera, raw) = (config.Channels[0], config.Channels[1], config.Channels[3]);
        var door = config.Channels[2];
        Assert.Equal((3, 1), (door.Tracks, news.Tracks));
        Assert.Equal([MediaScheme.Rtsp, MediaScheme.Publish], door.Sources.Select(s => s.Scheme));
        Assert.Equal("anna s@cret /door?channel=1 Tcp", $"{door.Sources[0].Pull!.User} {door.Sources[0].Pull!.Password!.Reveal()} "
            + $"{door.Sources[0].Pull!.Path} {door.Sources[0].Pull!.Transport}");
        Assert.Equal("rtsp://10.0.0.9:8554/door?channel=1", $"{door.Sources[0]}");
        Assert.True(news.Sources[0].IsSourceSpecific);
        Assert.Equal(new KeepConfig { SizeBytes = 4L << 30, WindowNs = 7_200_000_000_000, Level = AckLevel.Durable }, news.Store);
        Assert.Equal(config.Store!.Keep, camera.Store);
        Assert.Null(news.QuantumNs);
        Assert.Equal(new OutputConfig
        {
            To = new(MediaScheme.Rtp, "192.168.1.20", 6000), Ttl = 64, TimeoutNs = 60_000_000_000, Start = StartMode.Instant,
        }, news.Outputs[0]);
        Assert.Equal(new OutputConfig { To = new(MediaScheme.Rtp, "239.9.9.9", 5004), Ttl = 8, Interface = "eth1", DelayNs = 120_000_000 }, news.Outputs[1]);
        Assert.Equal(new OutputConfig
        {
            To = new(MediaScheme.Rtp, "232.9.9.9", 5004), Ttl = 1, Source = IPAddress.Parse("10.0.0.2"), Dscp = 34, Shaping = new(7, false, 8_000_000),
        }, news.Outputs[2]);
        Assert.Equal(new OutputConfig { To = new(MediaScheme.Udp, "239.9.9.11", 5004), Ttl = 1, Dscp = 46, Shaping = new(1, true) }, news.Outputs[3]);
        Assert.Equal(new DelayConfig { Mode = DelayMode.Fixed, ValueNs = 40_000_000 }, camera.Delay);
        Assert.Equal((0L, PaceMode.Rtp, 150_000_000L), (camera.QuantumNs, camera.Pace, camera.BufferNs));
        Assert.Equal(new MediaConfig { PayloadType = 97, Encoding = "H264", ClockRate = 90000, Fmtp = "packetization-mode=1" }, camera.Media);
        Assert.Equal(new OutputConfig { To = new(MediaScheme.Udp, "239.9.9.10", 5004), Ttl = 2, Interface = "eth1", DelayNs = 10_000_000 }, raw.Outputs[0]);
        Assert.Equal("0.0.0.0:8322 /etc/sluice/fullchain.pem /etc/sluice/privkey.pem", $"{config.Rtsps!.Listen} {config.Rtsps.Certificate} {config.Rtsps.Key}");
        Assert.Equal(new RedirectConfig("rtsp://10.0.0.2:8554/news"), config.Redirects["OLD"]);
        Assert.Equal(new RedirectConfig("rtsps://other.example/news", IsPermanent: true), config.Redirects["gone"]);
        Assert.Equal(new AuthConfig { Realm = "sluice", TakesMd5 = true }, config.Auth);
        Assert.Equal(["anna", "bob@example.com", "carl"], config.Users.Select(u => u.Name));
        Assert.Equal(("open sesame", "/etc/sluice/bob"), (config.Users[0].Password!.Reveal(), config.Users[1].PasswordFile));
        Assert.Equal((64, 32), (config.Users[2].Ha1Sha256!.Reveal().Length, config.Users[2].Ha1Md5!.Reveal().Length));
        Assert.Equal((null, null), (news.Read, news.Publish));
        Assert.Equal(["anna", "carl"], camera.Read!);
        Assert.Empty(camera.Publish!);
        Assert.Equal((StartMode.Instant, 1.2, 5_000_000_000L), (news.Start.Mode, news.Start.Rate, news.Start.WindowNs));
        Assert.Equal(StartMode.Live, raw.Start.Mode);
        Assert.Equal((DelayMode.Fixed, 0L, 5_000_000L), (raw.Delay.Mode, raw.Delay.ValueNs, raw.QuantumNs));
        Assert.Null(raw.Store);
    }

    [Fact]
    public void FillsInEveryDefault()
    {
        var config = Valid("""{ "channels": { "news": { "sources": [ "rtp://@:5004" ] } } }""");

        Assert.Equal("0.0.0.0:8554 0.0.0.0:8080 127.0.0.1:9090", $"{config.Rtsp} {config.Http} {config.Admin}");
        Assert.Null(config.Store);
        Assert.Equal(new LimitsConfig(), config.Limits);
        var news = config.Channels[0];
        Assert.Equal(new DelayConfig { Mode = DelayMode.Spread, RangeNs = 500_000_000, Seed = 1 }, news.Delay);
        Assert.Equal((null, PaceMode.Arrival, 50_000_000L, null), (news.QuantumNs, news.Pace, news.ReorderNs, news.Store));
        Assert.Equal((StartMode.Instant, 1.3, 4_000_000_000L), (news.Start.Mode, news.Start.Rate, news.Start.WindowNs));
        Assert.Empty(news.Outputs);
    }

    /// <summary>Text with « » around the place that the mistake must point at; what the line must mention.</summary>
    public static TheoryData<string, string> Mistakes => new()
    {
        { "«»", "JSON" },
        { """{ "channels": { "news": «}""", "JSON" },
        { """{ "channels": { "a": { "sources": ["rtp://@:1"] } } } «x""", "JSON" },
        { """{ "channels": { "a": { "sources": ["rtp://@:1"], «"quantam": 0 } } }""", "\"quantum\", perhaps" },
        { """{ "relay": { "groups": ["239.0.0.0/8"], "read": [«"anna"] }, "channels": { "a": { "sources": ["rtp://@:1"] } } }""", "users" },
        { """{ «"chanels": { } }""", "\"channels\", perhaps" },
        { """{ «"x": 1, "channels": { "a": { "sources": ["rtp://@:1"] } } }""", "one of \"rtsp\"" },
        { """«{ }""", "\"channels\" is missing" },
        { """{ "channels": «{ } }""", "there is no channel" },
        { """{ "channels": «[ ] }""", "not an object" },
        { """«[ ]""", "not an object" },
        { """{ "channels": { "a": «{ } } }""", "\"sources\" is missing" },
        { """{ "channels": { "a": { "sources": «[ ] } } }""", "1 to 8" },
        { """{ "channels": { "a": { "sources": «"rtp://@:1" } } }""", "array" },
        { """{ "channels": { "a": { "sources": [ «5004 ] } } }""", "not a text" },
        { """{ "channels": { "a": { "sources": [ "rtp://@:1", «"rtp://@:1" ] } } }""", "same packets" },
        { """{ "channels": { «"a b": { "sources": ["rtp://@:1"] } } }""", "not a channel name" },
        { """{ "channels": { "news": { "sources": ["rtp://@:1"] }, «"NEWS": { "sources": ["rtp://@:2"] } } }""", "only in case" },
        { """{ "channels": { "a": { "sources": ["rtp://@:1"] }, «"a": { "sources": ["rtp://@:2"] } } }""", "given twice" },
        { Channel("""  "tracks": «2 """), "brings more than one track" },
        { Channel("""  "tracks": «9 """), "1 to 8" },
        { """{ "channels": { "a": { "sources": [ "publish" ], "media": «{ "rtpmap": "H264/90000" } } } }""", "says what it brings" },
        { """{ "channels": { "a": { "sources": [ "publish", «"publish" ] } } }""", "same packets" },
        { """{ "channels": { "a": { "sources": [ "rtsp://h/x", «"rtsp://h/x?transport=tcp" ] } } }""", "same packets" },
        { """{ "channels": { "a": { "sources": [ «"rtsp://a:b/c@h/x" ] } } }""", "%2F" },
        { """{ "channels": { "a": { "sources": [ «"rtsp://239.1.1.1/x" ] } } }""", "a group is no RTSP server" },
        { """{ "channels": { "a": { "sources": [ «"rtsp://h/x?transport=mcast" ] } } }""", "udp or tcp" },
        { """{ "channels": { "a": { "sources": [ «"rtsp://anna@h/x" ] } } }""", "user:password" },
        { Channel("""  "delay": { "range": «"500" } """), "duration such as" },
        { Channel("""  "delay": { "range": «"3s" } """), "from 0 to 2s" },
        { Channel("""  "delay": { "mode": «"spred" } """), "\"spread\"" },
        { Channel("""  "delay": «{ "mode": "fixed" } """), "\"value\" is missing" },
        { Channel("""  "delay": { "value": «"1ms" } """), "only with mode \"fixed\"" },
        { Channel("""  "delay": { "mode": "off", "seed": «1 } """), "only with mode" },
        { Channel("""  "delay": { "seed": «-1 } """), "whole number" },
        { Channel("""  "delay": «"3s" """), "out of range" },
        { Channel("""  "quantum": «"soon" """), "not a duration" },
        { Channel("""  "quantum": «5 """), "not a duration" },
        { Channel("""  "pace": «"rpt" """), "\"rtp\"" },
        { Channel("""  "buffer": «"100ms" """), "\"pace\"" },
        { Channel("""  "reorder": «"5ms" """, source: "rtp://@:1?nack=on"), "at least 10ms" },
        { Channel("""  "start": «"instnat" """), "\"instant\"" },
        { Channel("""  "startRate": «1.04 """), "1.05 to 4" },
        { Channel("""  "startRate": «"1.3" """), "not a number" },
        { Channel("""  "startWindow": «"31s" """), "500ms to 30s" },
        { Channel("""  "start": "live", "startRate": «1.3 """), "start instantly" },
        { Channel("""  "start": «"live", "outputs": [ "rtp://10.0.0.1:5?start=instant" ] """), "keeps nothing" },
        { Channel("""  "outputs": [ «"rtp://239.0.0.1:5006?start=instant" ] """), "no joining client" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "tsPackets": 3, "start": «"instant" } ] """), "packed anew" },
        { Channel("""  "store": «true """), "there is no store" },
        { Document("""  "assets": «{ } """), "\"path\" is missing" },
        { Document("""  "assets": { "path": "/x", "hosts": [ «"http://a" ] } """), "neither a host nor a network" },
        { Document("""  "assets": { "path": "/x", "publish": [ «"nobody" ] } """), "there is no user" },
        { Document("""  "assets": { "path": "/x", "size": «"1MiB" } """), "32MiB" },
        { Document("""  "store": { "path": "/x" }, "assets": { "path": «"/x" } """), "the store of the channels is there" },
        { Document("""  "store": { "path": "/x" } """, """  "store": «"yes" """), "true, false, or" },
        { Document("""  "store": { "path": "/x" } """, """  "store": { «"windw": "1h" } """), "\"window\", perhaps" },
        { Document("""  "store": { "path": "/x" } """, """  "store": { "window": «"10ms" } """), "1s to" },
        { Document("""  "store": { "path": "/x" } """, """  "store": { "size": «"1MiB" } """), "2MiB" },
        { Document("""  "store": { "path": "/x" } """, """  "store": { "level": «"durabel" } """), "\"durable\"" },
        { Document("""  "store": { "path": "/x" } """, """  "store": { "level": "durable", "sync": «"1s" } """), "only with level" },
        { Document("""  "store": { "path": "/x", "sync": «"1ms" } """), "10ms to 60s" },
        { Document("""  "store": «{ "path": "/x", "size": "1GiB" } """, """  "store": { "size": "2GiB" } """), "the channels want 2GiB of a store of 1GiB" },
        { Channel("""  "outputs": [ «"rtp://10.0.0.1:0" ] """), "port 0" },
        { Channel("""  "outputs": [ «"rtp://10.0.0.1:5?ttl=256" ] """), "1 to 255" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "ttl": «0 } ] """), "1 to 255" },
        { Channel("""  "outputs": [ { "to": «"rtp://10.0.0.1:5?ttl=1", "ttl": 2 } ] """), "beside it" },
        { Channel("""  "outputs": [ «{ "ttl": 2 } ] """), "\"to\" is missing" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "iface": «"eth 0" } ] """), "interface name" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "delay": «"3s" } ] """), "0 to 2s" },
        { Channel("""  "outputs": [ «7 ] """), "not an object" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "dscp": «64 } ] """), "0 to 63" },
        { Pushed("""{ "to": "rtp://10.0.0.1:5", "track": «8 }"""), "0 to 7" },
        { Pushed("""{ "to": "rtp://10.0.0.1:5", "track": «2 }"""), "0 to one less than the channel's \"tracks\"" },
        { Pushed("""«"rtp://10.0.0.1:5?track=2" """), "up to 2 tracks" },
        { Pushed("""«"rtp://10.0.0.1:5?track=two" """), "0 to 7" },
        { Pushed("""{ "to": "udp://10.0.0.1:5", "track": «1 }"""), "an rtp:// destination" },
        { Pushed("""{ "to": "rtp://10.0.0.1:5", "track": «1, "tsPackets": 3 }"""), "shape MPEG-TS" },
        { Pushed("""{ "to": "rtp://10.0.0.1:5", "track": «1, "loop": "10s" }"""), "only the first track" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "track": «1 } ] """), "the channel has one track" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "source": «"eth0" } ] """), "an address of this machine" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "source": «"2001:db8::1" } ] """), "the destination's family" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "source": «"239.1.1.1" } ] """), "cannot be sent from" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "tsPackets": «8 } ] """), "1 to 7" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "nulls": «"drop" } ] """), "\"keep\", \"remove\"" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "cbr": «"8M" } ] """), "a rate such as" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "cbr": «"1kbit/s" } ] """), "64kbit/s to 200Mbit/s" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "cbr": "8Mbit/s", "nulls": «"remove" } ] """), "not both" },
        { Channel("""  "outputs": [ «"udp://10.0.0.1:5?tsPackets=0" ] """), "1 to 7" },
        { Channel("""  "media": { "rtpmap": "H264/90000" }, "outputs": «[ "rtp://10.0.0.1:5?tsPackets=3" ] """), "shape MPEG-TS" },
        { Channel("""  "outputs": [ { "to": "rtp://10.0.0.1:5", "timeout": «"5s" } ] """), "20s to" },
        { Channel("""  "outputs": [ { "to": "udp://10.0.0.1:5", "timeout": «"30s" } ] """), "sends no reports" },
        { Channel("""  "outputs": «[ "rtp://10.0.0.1:5?offset=5s" ] """), "is not kept" },
        { Document("""  "store": { "path": "/x" } """, """  "outputs": [ { "to": "udp://10.0.0.1:5", "offset": «"500ms" } ] """), "a \"delay\" instead" },
        { Document("""  "store": { "path": "/x" } """, """  "outputs": [ { "to": "rtp://a:5", "offset": «"5s", "cbr": "1Mbit/s" }] """), "packed anew" },
        { Document("""  "store": { "path": "/x" } """, """  "outputs": [ { "to": "rtp://a:5", "offset": «"5s", "start": "instant" } ] """), "begins where" },
        { Document("""  "store": { "path": "/x", "window": "1h" } """, """  "outputs": «[ "udp://10.0.0.1:5?offset=1h" ] """), "is kept for" },
        { Channel("""  "offsets": «"provider" """), "may set offsets" },
        { Channel("""  "offsets": «"publisher" """), "\"config\", \"provider\"" },
        { """{ "channels": { "a": { "sources": [ «"asset:film" ] } } }""", "\"assets\": {" },
        { Assets("«\"asset:?times=1\""), "name is missing" },
        { Assets("«\"asset:a/b\""), "is not a name for an asset" },
        { Assets("«\"asset:film?times=0\""), "a whole number from 1, or forever" },
        { Assets("«\"asset:film?turns=2\""), "known: times" },
        { """{ "assets": { "path": "/x" }, "channels": { "a": { "sources": «[ "asset:film", "rtp://@:1" ] } } }""", "never silent" },
        { """{ "assets": { "path": "/x" }, "channels": { "a": { "sources": [ "asset:film" ], "tracks": «2 } } }""", "more than one track" },
        { """{ "assets": { "path": "/x" }, "channels": { "a": { "sources": ["asset:film"], "media": «{ "rtpmap": "H264/90000" } } } }""", "itself says" },
        { """{ "store": { "path": "/x" }, "channels": { "a": { "sources": [ "publish" ], "offsets": «"provider" } } }""", "anybody may publish" },
        { Document("""  "limits": { "replays": «20000 } """), "0 to 16384" },
        { Channel("""  "outputs": [ "rtp://10.0.0.1:5", «"udp://10.0.0.1:5" ] """), "already" },
        { Channel("""  "outputs": [ «"rtp://239.0.0.1:5004" ] """, "rtp://239.0.0.1:5004"), "loop" },
        { Channel("""  "pace": «"rtp" """, "udp://@:1"), "no RTP timestamps" },
        { Channel("""  "media": «{ } """), "\"rtpmap\" is missing" },
        { Channel("""  "media": { "rtpmap": «"H264" } """), "clock rate" },
        { Channel("""  "media": { "rtpmap": "H264/90000", "payloadType": «128 } """), "0 to 127" },
        { Channel("""  "media": { "rtpmap": "H264/90000", "payloadType": «72 } """), "RTCP" },
        { Channel("""  "media": { "rtpmap": "H264/90000", "fmtp": «"a\r\nb" } """), "one line" },
        { Channel("""  "media": { "rtpmap": "H264/90000" }, "pace": «"pcr" """), "MPEG-TS" },
        { Channel("""  "media": «{ "rtpmap": "H264/90000" } """, "udp://@:1"), "MPEG-TS only" },
        { Document("""  "rtsp": { "listen": «"8554" } """), "port is missing" },
        { Document("""  "rtsp": { "listen": «8554 } """), "not a text" },
        { Document("""  "rtsp": «"0.0.0.0:8554" """), "not an object" },
        { Document("""  "http": «{ "listen": "127.0.0.1:9090" } """), "admin listens on 127.0.0.1:9090 as http does" },
        { Document("""  "rtsp": «{ "listen": "off" }, "http": { "listen": "off" }, "admin": { "listen": "off" } """), "every listener is off" },
        { Document("""  "store": «{ } """), "\"path\" is missing" },
        { Document("""  "store": { "path": "/x", "size": «"1GB/s" } """), "size such as" },
        { Document("""  "store": { "path": "/x", "size": «"64MiB" } """), "128MiB" },
        { Document("""  "store": { "path": "/x", "segment": «"1B" } """), "1MiB" },
        { Document("""  "threads": «"many" """), "\"auto\", \"dedicated\", \"shared\"" },
        { Document("""  "profile": «null """), "\"eco\"" },
        { Document("""  "limits": { "clients": «0 } """), "1 to 65536" },
        { Document("""  "limits": { "clients": «1.5 } """), "whole number" },
        { Document("""  "limits": { "delay": «"61s" } """), "60s" },
        { Document("""  "rtsps": «{ } """), "\"certificate\" is missing" },
        { Document("""  "rtsps": { "certificate": "/c", "listen": «"x" } """), "port is missing" },
        { Document("""  "rtsps": { "certificate": «"" } """), "PEM" },
        { Document("""  "rtsps": { "certificate": "/c", "key": «1 } """), "not a text" },
        { Document("""  "admin": «{ "listen": "0.0.0.0:8322" }, "rtsps": { "certificate": "/c" } """), "admin listens on 0.0.0.0:8322 as rtsps does" },
        { Document("""  "redirects": { "old": «"http://x/" } """), "\"rtsp://" },
        { Document("""  "redirects": { "old": «"rtsp://u:HIDDEN@x/" } """), "without a user" },
        { Document("""  "redirects": { "old": «{ } } """), "\"to\" is missing" },
        { Document("""  "redirects": { «"A": "rtsp://x/" } """), "a channel of this document" },
        { Document("""  "redirects": { "old": "rtsp://x/", «"OLD": "rtsp://x/" } """), "in another case" },
        { Document("""  "redirects": { «"a b": "rtsp://x/" } """), "not a channel name" },
        { Document("""  "auth": { "realm": «"a\"b" } """), "cannot be a realm" },
        { Document("""  "auth": { "md5": «"no" } """), "true or false" },
        { Document("""  "users": «["HIDDEN"] """), "users by name" },
        { Document("""  "users": { "a": «"HIDDEN" } """), "\"passwordFile\"" },
        { Document("""  "users": { "a": «{ } } """), "no password" },
        { Document("""  "users": { «"a:b": { "password": "HIDDEN" } } """), "not a user name" },
        { Document("""  "users": { "a": { "password": «12345678 } } """), "1 to 256" },
        { Document("""  "users": { "a": { "password": «"HIDDEN\n" } } """), "control" },
        { Document("""  "users": { "a": { "passwordFile": «"" } } """), "path" },
        { Document("""  "users": { "a": { "password": «"HIDDEN", "passwordFile": "/x" } } """), "one of the two" },
        { Document("""  "users": { "a": { "ha1Md5": «"0123456789abcdef0123456789abcdeX" } } """), "32 hexadecimal" },
        { Document("""  "users": { "a": { "password": "HIDDEN", "ha1Md5": «"0123456789abcdef0123456789abcdef" } } """), "a password as well" },
        { Document("""  "users": { "a": { «"pasword": "HIDDEN", "password": "HIDDEN" } } """), "\"password\", perhaps" },
        { Channel("""  "read": [ «"anna" ] """), "no user \"anna\"" },
        { Channel("""  "publish": «"anna" """), "array of user names" },
        { Document("""  "users": { "anna": { "password": "HIDDEN1" } } """, """ "publish": «[ "anna" ] """), "among its" },
        { Document("""  "sap": { "interval": «"10ms" } """), "1s to 3600s" },
        { Document("""  "sap": { "enabled": «"yes" } """), "true or false" },
        { Channel("""  "sap": { "name": «"a\r\nb" } """), "printable" },
        { Channel("""  "sap": { «"nam": "a" } """), "\"name\"" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void PointsAtTheMistake(string marked, string mention)
    {
        var at = marked.IndexOf('«');
        var text = marked.Replace("«", "").Replace("»", "");

        var mistake = Assert.Single(ConfigParser.Parse(text).Mistakes);

        Assert.Contains(mention, mistake.ToString());
        Assert.DoesNotContain("HIDDEN", mistake.ToString());
        Assert.DoesNotContain("12345678", mistake.ToString());
        Assert.Equal((1, at + 1), (mistake.Line, mistake.Column));
    }

    [Fact]
    public void NamesEveryMistakeInFileOrderWithLineAndColumn()
    {
        var result = ConfigParser.Parse("""
            {
              // ü: two bytes, one column
              "rtsp": { "listen": "nowhere" },
              "channels": { "ü": { "sources": [ "rtp://@:70000" ] },
                "a": { "sources": [ "http://x" ], "delay": { "range": "5 s", "sead": 1 } } }
            }
            """);

        Assert.Null(result.Config);
        Assert.Equal(["3:23", "4:17", "4:37", "5:25", "5:59", "5:66"], result.Mistakes.Select(m => $"{m.Line}:{m.Column}"));
        Assert.Equal("a.json:5:66: channels.a.delay has an unknown key \"sead\"; expected \"seed\", perhaps", result.Mistakes[5].ToString("a.json"));
    }

    [Fact]
    public void TellsNothingThatCouldSteerATerminal()
    {
        var text = "{ \"\\u001b[2J\\u202e\": 1, \"threads\": \"\\u0007\\r\\n\", \"channels\": { \"\\u0000\": { \"sources\": [ \"rtp://\\u001b:1\" ] } } }";

        var lines = string.Concat(ConfigParser.Parse(text).Mistakes);

        Assert.DoesNotContain(lines, c => char.IsControl(c) || c == '\u202e');
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    public void TakesHalfASurrogateForAMistake(string text) => Assert.Single(ConfigParser.Parse(text).Mistakes);

    [Fact]
    public void TakesBytesThatAreNotUtf8ForAMistake() => Assert.Contains("UTF-8", ConfigParser.Parse([(byte)'"', 0xFF, (byte)'"']).Mistakes[0].Message);

    [Fact]
    public void SkipsAByteOrderMark() => Assert.True(ConfigParser.Parse([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(SampleConfig.Full)]).IsValid);

    [Fact]
    public void StopsAtTheDepthLimit() =>
        Assert.Single(ConfigParser.Parse(new string('[', 100_000)).Mistakes);

    [Fact]
    public void NeverThrowsOnAMutatedDocument() => Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt Seed, PositiveInt Count)>(), c =>
    {
        var random = new Random(c.Seed.Get);
        var text = Encoding.UTF8.GetBytes(SampleConfig.Full);
        for (var i = 0; i < 1 + c.Count.Get % 20; i++)
            text[random.Next(text.Length)] = (byte)random.Next(256);
        var result = ConfigParser.Parse(text);
        return result.IsValid == (result.Mistakes.Count == 0);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void NeverThrowsOnAnyText() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        !ConfigParser.Parse(text ?? "").IsValid && !ConfigParser.ParseOutput(Encoding.UTF8.GetBytes($"\"rtp://{text}\""), 1).Mistakes.Contains(null!))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Theory]
    [InlineData("\"rtp://10.0.0.1:5004?ttl=3\"", 3)]
    [InlineData("{ \"to\": \"rtp://239.0.0.1:5004\" }", 1)]
    [InlineData("{ \"to\": \"rtp://10.0.0.1:5004\", }", 64)]
    public void ReadsOneOutputByItself(string text, int ttl) =>
        Assert.Equal(ttl, ConfigParser.ParseOutput(Encoding.UTF8.GetBytes(text), 1_000).Output!.Ttl);

    [Fact]
    public void SummarisesWhatItUnderstood()
    {
        var summary = ConfigSummary.Of(Valid(SampleConfig.Full));

        Assert.Contains("  store     /var/lib/sluice, 20GiB in segments of 64MiB\n", summary);
        Assert.Contains("    source    rtp://10.0.0.7@232.1.1.1:5004?iface=eth0  (a group, from one source)\n", summary);
        Assert.Contains("    output    rtp://239.9.9.9:5004, ttl 8, on eth1, delay 120ms\n", summary);
        Assert.Contains("    output    rtp://10.0.0.8:6002, ttl 64, track 1\n    output    rtp://10.0.0.8:6004, ttl 64, track 2, 5s behind now\n", summary);
        Assert.Contains("    output    rtp://232.9.9.9:5004, ttl 1, from 10.0.0.2, dscp 34, 7 TS packets a datagram, 8Mbit/s constant\n", summary);
    }

    [Fact]
    public void SecretsComeOutOfNothingButReveal()
    {
        var config = Valid(SampleConfig.Full);
        var all = $"{config} {string.Concat(config.Users)} {ConfigSummary.Of(config)}";
        Assert.DoesNotContain("sesame", all);
        Assert.DoesNotContain("0123456789abcdef", all);
        Assert.Contains("  user      anna, password in this file\n", all);
        Assert.Contains("    read      anna, carl\n    publish   nobody\n", all);
    }

    private static string Channel(string member, string source = "rtp://@:1") => $$"""{ "channels": { "a": { "sources": ["{{source}}"], {{member}} } } }""";

    private static string Pushed(string output) => $$"""{ "channels": { "a": { "sources": ["publish"], "outputs": [ {{output}} ] } } }""";

    private static string Assets(string sources) => $$"""{ "assets": { "path": "/x" }, "channels": { "a": { "sources": [ {{sources}} ] } } }""";

    private static string Document(string member) => $$"""{ "channels": { "a": { "sources": ["rtp://@:1"] } }, {{member}} }""";

    private static string Document(string member, string ofChannel) => $$"""{ "channels": { "a": { "sources": ["rtp://@:1"], {{ofChannel}} } }, {{member}} }""";

    private static EngineConfig Valid(string text)
    {
        var result = ConfigParser.Parse(text);
        Assert.Empty(result.Mistakes);
        return result.Config!;
    }
}
