using System.Net;
using Sluice.Control.Configuration;
using Sluice.Host.Web;

namespace Sluice.Host.Running;

/// <summary>What the demo runs and what it tells the person in front of it.</summary>
internal sealed record DemoPlan
{
    public const string ChannelName = "demo";

    public int Clients { get; init; } = 200;

    public int RtspPort { get; init; } = 8554;

    public int HttpPort { get; init; } = 8080;

    public int AdminPort { get; init; } = 9090;

    public int OutputPort { get; init; } = 5004;

    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The configuration of the demo. Its channel has no sources: the embedded clip is what comes in.</summary>
    public EngineConfig Config() => new()
    {
        Rtsp = new(Listen, RtspPort),
        Http = new(Listen, HttpPort),
        Admin = new(IPAddress.Loopback, AdminPort),
        Channels =
        [
            new()
            {
                Name = ChannelName,
                Sources = [],
                Outputs = [new() { To = new(MediaScheme.Rtp, "127.0.0.1", OutputPort), Ttl = OutputConfig.UnicastTtlDefault, DelayNs = 0 }],
            },
        ],
    };

    public string WhatToType(BoundListeners bound)
    {
        var host = Listen.Equals(IPAddress.Any) || Listen.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : Listen.ToString();
        var rtsp = $"rtsp://{(host.Contains(':') ? $"[{host}]" : host)}:{bound.Rtsp?.Port}/{ChannelName}";
        var http = $"http://{(host.Contains(':') ? $"[{host}]" : host)}:{bound.Http?.Port}";
        return $"""

            The channel "{ChannelName}" is on air, with {Clients} simulated clients, each served at its own time.

              Watch it by asking (RTSP):       vlc {rtsp}
                                               ffplay {rtsp}
                                               ffplay -rtsp_transport tcp {rtsp}
              Watch it as it is sent (RTP):    vlc rtp://@:{OutputPort}
                                               ffplay rtp://127.0.0.1:{OutputPort}
              Watch it over HTTP (MPEG-TS):    vlc {http}/channels/{ChannelName}.ts
                                               vlc {http}/playlist.m3u
              See the traffic being spread:    http://127.0.0.1:{bound.Admin?.Port}/
              Metrics for Prometheus:          http://127.0.0.1:{bound.Admin?.Port}/metrics

            Ctrl-C ends it.


            """;
    }
}
