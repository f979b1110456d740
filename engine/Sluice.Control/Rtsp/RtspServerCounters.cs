namespace Sluice.Control.Rtsp;

/// <summary>What all RTSP connections of a listener have seen. Shared between control threads: written by interlocked adds only.</summary>
public sealed class RtspServerCounters
{
    internal long RequestCount;
    internal long RefusalCount;
    internal long MalformedCount;
    internal long StrayCount;
    internal long StartedCount;
    internal long ExpiredCount;
    internal long GroupTrackCount;
    internal long TlsOnPlainCount;
    internal long HttpCount;
    internal long PlainOnTlsCount;
    internal long HandshakeFailureCount;

    public long Requests => Interlocked.Read(ref RequestCount);

    /// <summary>Requests answered with 4xx or 5xx.</summary>
    public long Refusals => Interlocked.Read(ref RefusalCount);

    /// <summary>Connections closed because their bytes were no RTSP.</summary>
    public long Malformed => Interlocked.Read(ref MalformedCount);

    /// <summary>Responses, and interleaved frames on channels of no session: read over.</summary>
    public long Strays => Interlocked.Read(ref StrayCount);

    /// <summary>Of the malformed: TLS on the port without it.</summary>
    public long TlsOnPlain => Interlocked.Read(ref TlsOnPlainCount);

    /// <summary>Of the malformed: HTTP.</summary>
    public long Http => Interlocked.Read(ref HttpCount);

    /// <summary>Connections to the TLS port closed because they began with something else.</summary>
    public long PlainOnTls => Interlocked.Read(ref PlainOnTlsCount);

    /// <summary>Connections that began as TLS and did not get through the handshake.</summary>
    public long HandshakeFailures => Interlocked.Read(ref HandshakeFailureCount);

    public void OnPlainOnTls() => Interlocked.Increment(ref PlainOnTlsCount);

    public void OnHandshakeFailure() => Interlocked.Increment(ref HandshakeFailureCount);

    /// <summary>Tracks of sessions that are heard in a group now.</summary>
    public long GroupTracks => Interlocked.Read(ref GroupTrackCount);

    public long SessionsStarted => Interlocked.Read(ref StartedCount);

    /// <summary>Sessions ended by a timeout.</summary>
    public long SessionsExpired => Interlocked.Read(ref ExpiredCount);
}
