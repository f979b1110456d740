using System.CommandLine;
using System.Net;
using Sluice.Host.Running;

namespace Sluice.Host.Commands;

/// <summary><c>sluice demo</c>: the embedded clip as a channel, with clients, so that there is something to see at once.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        var clients = Number("--clients", 200, 0, 4000, "Simulated clients on loopback.");
        var rtsp = Number("--port", 8554, 0, 65535, "Port of RTSP.");
        var http = Number("--http", 8080, 0, 65535, "Port of public HTTP.");
        var admin = Number("--admin", 9090, 0, 65535, "Port of the status page and the metrics.");
        var output = Number("--output", 5004, 1, 65534, "Port on this machine that gets the stream as RTP unasked.");
        var listen = new Option<string>("--listen")
        {
            Description = "Address for RTSP and HTTP; 0.0.0.0 lets other machines watch. The status page stays on 127.0.0.1.",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        listen.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.Tokens is [var token] ? token.Value : "127.0.0.1", out _))
                result.AddError("--listen needs an address such as 127.0.0.1 or 0.0.0.0.");
        });
        var command = new Command("demo", """
            Loop a test clip (H.264 and AAC in MPEG-TS) as the channel "demo", with simulated clients on loopback,
            and print what to type to watch it. Ctrl-C ends it.
            """) { clients, rtsp, http, admin, output, listen };
        command.SetAction((parsed, stop) => RunAsync(new DemoPlan
        {
            Clients = parsed.GetValue(clients),
            RtspPort = parsed.GetValue(rtsp),
            HttpPort = parsed.GetValue(http),
            AdminPort = parsed.GetValue(admin),
            OutputPort = parsed.GetValue(output),
            Listen = IPAddress.Parse(parsed.GetValue(listen)!),
        }, parsed.InvocationConfiguration, stop));
        return command;
    }

    private static Task<int> RunAsync(DemoPlan plan, InvocationConfiguration console, CancellationToken stop) =>
        HostRun.RunAsync(plan.Config(), (config, pump, logs) => Engines.CreateDemo(config, Resources.DemoClip, plan.Clients, pump, logs),
            console.Error, bound => console.Output.Write(plan.WhatToType(bound)), stop);

    private static Option<int> Number(string name, int otherwise, int min, int max, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value >= min && value <= max))
                result.AddError($"{name} needs a number from {min} to {max}.");
        });
        return option;
    }
}
