using System.Net;
using Sluice.Control.Configuration;
using Sluice.Host.Rtsp;
using Sluice.Host.Web;

namespace Sluice.Tests.Host;

/// <summary>The real web part on ports of the kernel's choice, over a <see cref="FakeEngine"/>.</summary>
public sealed class WebFixture : IAsyncLifetime, IDisposable
{
    private readonly FramePump _pump = new();
    private readonly EngineWeb _web;

    public WebFixture() : this(new FakeEngine())
    {
    }

    internal WebFixture(FakeEngine engine)
    {
        Engine = engine;
        var any = new ListenAddress(IPAddress.Loopback, 0);
        _web = EngineWeb.Build(new EngineConfig { Rtsp = null, Http = any, Admin = any }, Engine, _pump);
    }

    internal FakeEngine Engine { get; }

    public HttpClient Admin { get; private set; } = null!;

    public HttpClient Public { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _web.App.StartAsync();
        Admin = new() { BaseAddress = new($"http://{_web.Bound.Admin}/") };
        Public = new() { BaseAddress = new($"http://{_web.Bound.Http}/") };
    }

    public async Task DisposeAsync()
    {
        Admin.Dispose();
        Public.Dispose();
        await _web.DisposeAsync();
    }

    public void Dispose() => _pump.Dispose();
}
