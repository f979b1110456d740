using Sluice.Control;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Control.Status;
using Sluice.Host.Rtsp;
using Sluice.Linux;

namespace Sluice.Host.Running;

/// <summary>An engine without a data plane: shows the configured channels, all offline, and takes no outputs.</summary>
internal sealed class StandbyEngine(EngineConfig config) : IEngine
{
    private readonly ChannelStatus[] _channels =
        [.. config.Channels.Select(c => new ChannelStatus { Name = c.Name, Sources = [.. c.Sources.Select(s => new SourceStatus { Url = s.ToString() })] })];

    public IRtspEngine Rtsp { get; } = new StandbyRtsp();

    public Task LeaveAsync() => Task.CompletedTask;

    public void Start()
    {
    }

    public EngineSnapshot Snapshot() => new() { Channels = _channels, Threads = "none" };

    public IReadOnlyList<ClientStatus>? Clients(string channel) => Knows(channel) ? [] : null;

    public BurstPicture? Burst(string? channel) => channel is null || Knows(channel) ? BurstPicture.From(new int[1000], new int[1000]) : null;

    public string? SessionDescription(string channel) => null;

    public AddOutputResult AddOutput(string channel, OutputConfig output) => Knows(channel)
        ? AddOutputResult.Refused(AddOutputRefusal.Unusable, "the engine is on standby")
        : AddOutputResult.Refused(AddOutputRefusal.UnknownChannel, $"there is no channel \"{channel}\"");

    public bool RemoveClient(ulong id) => false;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool Knows(string channel) => Array.Exists(_channels, c => string.Equals(c.Name, channel, StringComparison.OrdinalIgnoreCase));
}

/// <summary>RTSP without a channel: every name is answered with 404.</summary>
internal sealed class StandbyRtsp : IRtspEngine, IClientAdmission
{
    public RtspServerOptions Options => RtspServerOptions.Default;

    public RtspServerCounters Counters { get; } = new();

    public IClientAdmission AdmissionFor(IRtspPeer peer) => this;

    public bool TryFindChannel(string name, out ChannelDescription channel)
    {
        channel = null!;
        return false;
    }

    public AdmissionResult TryAdmit(in ClientRequest request, out ClientGrant grant)
    {
        grant = default;
        return AdmissionResult.Offline;
    }

    public PlayPosition NextPosition(ClientId client, MonotonicTime now) => default;

    public void OnInterleaved(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
    }

    public void Execute(in SessionCommand command)
    {
    }

    public MonotonicTime LastHeard(ClientId client) => MonotonicTime.MinValue;
}
