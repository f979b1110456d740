using System.Buffers;
using Sluice.Control;
using Sluice.Control.Rtsp;
using Sluice.Host.Rtsp;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>The live engine as the RTSP listener sees it: sessions' commands become clients that play, pause and go.</summary>
internal sealed class LiveRtsp(LiveEngine engine) : IRtspEngine
{
    public RtspServerOptions Options { get; } = RtspServerOptions.Default with { Access = engine.Access, Redirects = engine.Config.Redirects };

    public RtspServerCounters Counters { get; } = new();

    public IClientAdmission AdmissionFor(IRtspPeer peer) => new LiveAdmission(engine, peer);

    public void Execute(in SessionCommand command)
    {
        var id = LiveClients.FromClientId(command.Client);
        if (engine.Publishers.TryExecute(command))
            return;
        if (engine.Clients.Find(id) is not { } client)
            return;
        switch (command.Kind)
        {
            case SessionCommandKind.Play:
                engine.Maker.TryPlay(client, new PlayPosition(command.FirstSequence, command.FirstTimestamp));
                break;
            case SessionCommandKind.Pause:
                engine.Pause(client);
                client.Replay?.Close();                        // who goes on gets another
                break;
            case SessionCommandKind.Finish:
                engine.Core.Desk.Finish(client.Seat);
                client.Replay?.Close();
                break;
            default:
                engine.Clients.Remove(id);
                break;
        }
    }

    public MonotonicTime LastHeard(ClientId client) => engine.Publishers.LastHeard(client) ?? LastReport(client);

    public void WriteReport(ClientId client, IBufferWriter<byte> replies, MonotonicTime now) => engine.Publishers.WriteReport(client, replies, now);

    private MonotonicTime LastReport(ClientId client) =>
        engine.Clients.Find(LiveClients.FromClientId(client)) is { } live && Volatile.Read(ref live.Spec.Progress.LastHeardNs) is not 0 and var ns
            ? new MonotonicTime(ns)
            : MonotonicTime.MinValue;
}
