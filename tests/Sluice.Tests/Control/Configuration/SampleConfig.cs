namespace Sluice.Tests.Control.Configuration;

/// <summary>A configuration that uses every key there is, as a README would show it.</summary>
internal static class SampleConfig
{
    public const string Full = """
        {
          "$schema": "./sluice.schema.json",
          // Where players and operators come in.
          "rtsp": { "listen": "0.0.0.0:8554" },
          "http": { "listen": "0.0.0.0:8080", "base": "http://tv.example.net:8080/", "slow": "skip", "buffer": "1MiB" },
          "admin": { "listen": "127.0.0.1:9090" },
          "store": { "path": "/var/lib/sluice", "size": "20GiB", "segment": "64MiB", "window": "24h", "level": "written", "sync": "1s" },
          "assets": { "path": "/var/lib/sluice-assets", "size": "100GiB", "assetSize": "20GiB", "incomplete": "12h", "transfers": 8, "stall": "20s",
            "hosts": [ "media.example.net", "*.example.org", "10.0.0.0/8" ], "read": [ "anna" ], "publish": [ "carl" ] },
          "relay": { "groups": [ "239.0.0.0/8", "ff3e::/32" ], "iface": "eth0", "ifaces": [ "eth1" ], "slots": 8, "linger": "5s",
            "delay": { "range": "200ms" }, "read": [ "anna" ] },
          "threads": "auto", "profile": "balanced",
          "limits": { "clients": 2000, "rtspSessions": 500, "httpViewers": 300, "connectionsPerAddress": 16, "delay": "2s" },
          "rtsps": { "listen": "0.0.0.0:8322", "certificate": "/etc/sluice/fullchain.pem", "key": "/etc/sluice/privkey.pem" },
          "redirects": { "old": "rtsp://10.0.0.2:8554/news", "gone": { "to": "rtsps://other.example/news", "permanent": true } },
          "auth": { "realm": "sluice", "md5": true },
          "users": {
            "anna": { "password": "open sesame" }, "bob@example.com": { "passwordFile": "/etc/sluice/bob" },
            "carl": {
              "ha1Sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "ha1Md5": "0123456789abcdef0123456789abcdef",
            },
          },
          "sap": { "enabled": true, "interval": "60s" },
          "channels": {
            "news": {
              "sources": [ "rtp://10.0.0.7@232.1.1.1:5004?iface=eth0" ],               /* source-specific multicast */
              "delay": { "mode": "spread", "range": "500ms", "seed": 1 }, "quantum": "auto", "pace": "arrival",
              "reorder": "50ms", "start": "instant", "startRate": 1.2, "startWindow": "5s",
              "store": { "window": "2h", "size": "4GiB", "level": "durable" }, "slow": "drop",
              "retransmit": { "mode": "rtx", "rate": 30, "time": "400ms" },
              "sap": { "enabled": true, "name": "News HD" },
              "outputs": [ "rtp://192.168.1.20:6000?timeout=60s&start=instant", { "to": "rtp://239.9.9.9:5004", "ttl": 8, "iface": "eth1", "delay": "120ms" },
                { "to": "rtp://232.9.9.9:5004", "source": "10.0.0.2", "dscp": 34, "tsPackets": 7, "nulls": "keep", "cbr": "8Mbit/s" },
                "udp://239.9.9.11:5004?tsPackets=1&nulls=remove&dscp=46",
                { "to": "udp://239.9.9.12:5004", "offset": "1h" } ], "offsets": "provider",
            },
            "camera-1": {
              "sources": [ "rtp://@:5006?from=10.0.0.9" ],
              "media": { "kind": "video", "payloadType": 97, "rtpmap": "H264/90000", "fmtp": "packetization-mode=1" },
              "delay": { "mode": "fixed", "value": "40ms" }, "quantum": 0, "pace": "rtp", "buffer": "150ms",
              "read": [ "anna", "carl" ], "publish": [],
            },
            "door": { "sources": [ "rtsp://anna:s%40cret@10.0.0.9:8554/door?channel=1&transport=tcp", "publish" ], "tracks": 3,
              "outputs": [ "rtp://10.0.0.8:6002?track=1", { "to": "rtp://10.0.0.8:6004", "track": 2, "offset": "5s" } ] },
            "raw": { "sources": [ "udp://239.1.2.3:5004" ], "delay": "0", "quantum": "5ms", "pace": "pcr", "start": "live", "store": false,
              "outputs": [ "udp://239.9.9.10:5004?ttl=2&iface=eth1&delay=10ms" ] },
          },
        }
        """;
}
