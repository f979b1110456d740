using System.Net;

namespace Sluice.Control.Rtsp;

/// <summary>What the methods of one connection share.</summary>
internal sealed record RtspConnection(
    IClientAdmission Admission, IPAddress PeerAddress, RtspServerOptions Options, RtspServerCounters Counters, RtspSessionTable Sessions);
