using System.Buffers;
using System.Net;
using Sluice.Control;
using Sluice.Control.Offsets;
using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Linux;

namespace Sluice.Tests.Host;

/// <summary>An engine's RTSP side that a test drives: who was admitted, what was ordered, and the rings to write frames into.</summary>
internal sealed class FakeRtsp : IRtspEngine
{
    private readonly Lock _lock = new();
    private readonly List<SessionCommand> _executed = [];
    private int _clients;

    public RtspServerOptions Options { get; init; } = RtspServerOptions.Default;

    public RtspServerCounters Counters { get; } = new();

    public Action<SessionCommand> OnExecute { get; set; } = _ => { };

    public List<IRtspPeer> Peers { get; } = [];

    public IReadOnlyList<SessionCommand> Executed
    {
        get
        {
            lock (_lock)
                return [.. _executed];
        }
    }

    public IClientAdmission AdmissionFor(IRtspPeer peer)
    {
        lock (_lock)
            Peers.Add(peer);
        return new Admission(this);
    }

    public void Execute(in SessionCommand command)
    {
        lock (_lock)
            _executed.Add(command);
        OnExecute(command);
    }

    public MonotonicTime LastHeard(ClientId client) => MonotonicTime.MinValue;

    public void WriteReport(ClientId client, IBufferWriter<byte> replies, MonotonicTime now)
    {
    }

    private sealed class Admission(FakeRtsp engine) : IClientAdmission
    {
        public bool TryFindChannel(string name, out ChannelDescription channel)
        {
            channel = new("news", MediaDescription.TransportStream);
            return name.Equals("news", StringComparison.OrdinalIgnoreCase);
        }

        public AdmissionResult TryAdmit(in ClientRequest request, out ClientGrant grant)
        {
            grant = new(new(Interlocked.Increment(ref engine._clients), 1), 0xCAFE, new(5000, 5001), 0);
            return AdmissionResult.Admitted;
        }

        public MulticastGroup? FindGroup(ChannelDescription channel, int track, IPAddress peer) => null;

        public RtspRefusal? WhyNotPublish(ChannelDescription announced) => null;

        public RtspRefusal? TryPublish(in PublishRequest request, out PublishGrant grant)
        {
            grant = new(new(Interlocked.Increment(ref engine._clients), 1), new(5000, 5001));
            return null;
        }

        public void Record(ClientId client)
        {
        }

        public void SetOffsets(ChannelDescription channel, IReadOnlyList<ProviderOffset> offsets)
        {
        }

        public bool HasRoom(ClientId client) => true;

        public IReadOnlyList<PlayPosition> NextPositions(IReadOnlyList<ClientId> clients) =>
            [.. clients.Select(_ => new PlayPosition(7, 90_000))];

        public MediaSpan? SpanOf(ChannelDescription channel, MonotonicTime now) => null;

        public RtspRefusal? TryGo(IReadOnlyList<ClientId> clients, in PlayPlace place, MonotonicTime now, out long startNs)
        {
            startNs = 0;
            return null;
        }

        public ReplayNews NewsOf(ClientId client, MonotonicTime now) => ReplayNews.None;

        public void OnInterleaved(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now)
        {
        }
    }
}
