using System.Net;
using System.Net.Sockets;
using Sluice.Control.Configuration;
using Sluice.Host;
using Sluice.Host.Running;
using Sluice.Host.Web;

namespace Sluice.Tests.Host;

public sealed class HostRunTests
{
    private static readonly ListenAddress s_free = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task ServesUntilToldToStopAndEndsTheEngine()
    {
        var engine = new FakeEngine();
        using var stop = new CancellationTokenSource();
        var ready = new TaskCompletionSource<BoundListeners>();
        var run = HostRun.RunAsync(Config(), (_, _, _) => engine, TextWriter.Null, ready.SetResult, stop.Token);

        var bound = await ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        using var http = new HttpClient();
        Assert.Contains(HostRun.Version, await http.GetStringAsync($"http://{bound.Http}/health"));
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Ok, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(engine is { IsStarted: true, IsDisposed: true });
    }

    [Fact]
    public async Task APortInUseIsOneLineAndThree()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var place = (IPEndPoint)other.LocalEndpoint;
        var engine = new FakeEngine();
        using var error = new StringWriter { NewLine = "\n" };

        var code = await HostRun.RunAsync(Config() with { Admin = new(place.Address, place.Port) }, (_, _, _) => engine, error, _ => { }, default)
            .WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCode.CannotListen, code);
        Assert.Equal($"sluice: cannot listen on {place} (admin.listen): another program uses this port\n", error.ToString());
        Assert.True(engine.IsDisposed);
    }

    [Fact]
    public async Task AnAddressOfAnotherMachineIsOneLineAndThree()
    {
        using var error = new StringWriter { NewLine = "\n" };

        var code = await HostRun.RunAsync(Config() with { Http = new(IPAddress.Parse("192.0.2.1"), 0) }, (_, _, _) => new FakeEngine(), error, _ => { }, default)
            .WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCode.CannotListen, code);
        Assert.Equal("sluice: cannot listen on 192.0.2.1:0 (http.listen): this machine does not have the address\n", error.ToString());
    }

    [Fact]
    public async Task AnEngineThatCannotStartSaysWhyInOneLine()
    {
        using var error = new StringWriter { NewLine = "\n" };
        var engine = new FakeEngine { OnStart = () => throw new EngineStartException("there is no interface eth9") };

        Assert.Equal(ExitCode.Failed, await HostRun.RunAsync(Config(), (_, _, _) => engine, error, _ => { }, default));
        Assert.Equal("sluice: there is no interface eth9\n", error.ToString());
    }

    [Fact]
    public void TheDemoSaysWhatToType()
    {
        var text = new DemoPlan { Clients = 7 }.WhatToType(new(new(IPAddress.Loopback, 8554), null, new(IPAddress.Loopback, 9090)));

        Assert.All(["vlc rtsp://127.0.0.1:8554/demo", "vlc rtp://@:5004", "ffplay rtsp://127.0.0.1:8554/demo", "http://127.0.0.1:9090/", "http://127.0.0.1:9090/metrics", "7 simulated"],
            s => Assert.Contains(s, text));
    }

    private static EngineConfig Config() => new() { Rtsp = null, Http = s_free, Admin = s_free };
}
