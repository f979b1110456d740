using System.Net;
using System.Security.Cryptography;

namespace Sluice.Control.Rtsp;

/// <summary>What the methods of one connection share.</summary>
internal sealed record RtspConnection(
    IClientAdmission Admission, IPAddress PeerAddress, RtspServerOptions Options, RtspServerCounters Counters, RtspSessionTable Sessions)
{
    /// <summary>What was announced last on this connection; a session that records keeps what it was set up with.</summary>
    public Announcement? Announced { get; set; }

    /// <summary>Binds what was proven on this connection to it; never 0.</summary>
    public ulong Number { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
}
