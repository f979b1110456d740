using System.Buffers;
using System.Net;
using Sluice.Control;
using Sluice.Control.Rtsp;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Rtsp;

/// <summary>What the RTSP listener needs of the engine, beyond what one connection's core asks of its admission.</summary>
internal interface IRtspEngine
{
    RtspServerOptions Options { get; }

    /// <summary>Shared by all connections.</summary>
    RtspServerCounters Counters { get; }

    /// <summary>
    /// The engine as this connection's core sees it. An interleaved client that it admits writes into
    /// <see cref="IRtspPeer.Frames"/>. Called once for each connection.
    /// </summary>
    IClientAdmission AdmissionFor(IRtspPeer peer);

    /// <summary>Carries out one order; called after the replies of the same request have left.</summary>
    void Execute(in SessionCommand command);

    /// <summary>When a receiver report of this client last came by UDP, or a packet of this publisher's track; <see cref="MonotonicTime.MinValue"/> = never.</summary>
    MonotonicTime LastHeard(ClientId client);

    /// <summary>
    /// Asked for a playing or recording client several times a second: writes the receiver report that a publisher is due on its own
    /// connection, as an interleaved frame, or sends it by UDP.
    /// </summary>
    void WriteReport(ClientId client, IBufferWriter<byte> replies, MonotonicTime now);
}

/// <summary>One RTSP connection as the engine sees it.</summary>
internal interface IRtspPeer
{
    IPAddress Address { get; }

    /// <summary>The peer's port of the connection.</summary>
    int Port { get; }

    /// <summary>Where the frames of this connection's interleaved clients go; made when it is first asked for.</summary>
    FrameRing Frames { get; }
}
