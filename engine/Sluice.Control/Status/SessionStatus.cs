using System.Text.Json.Serialization;

namespace Sluice.Control.Status;

/// <summary>Where a source that brings a session of tracks is in its life.</summary>
public enum SessionState
{
    /// <summary>Nobody publishes.</summary>
    [JsonStringEnumMemberName("idle")]
    Idle,

    /// <summary>The server is being asked.</summary>
    [JsonStringEnumMemberName("connecting")]
    Connecting,

    /// <summary>It sends, or has been told to.</summary>
    [JsonStringEnumMemberName("playing")]
    Playing,

    /// <summary>It ended or could not begin; the next try comes at its time.</summary>
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>A stored object has been played as often as it should be.</summary>
    [JsonStringEnumMemberName("ended")]
    Ended,
}

/// <summary>The session of one source: who sends, how, and what went wrong last.</summary>
public sealed record SessionStatus
{
    public SessionState State { get; init; }

    /// <summary>"udp" or "tcp" (interleaved); null while nothing plays, and for a stored object.</summary>
    public string? Transport { get; init; }

    /// <summary>Tracks that are taken; 0 while nothing plays.</summary>
    public int Tracks { get; init; }

    /// <summary>How often a session has begun; only grows.</summary>
    public long Begun { get; init; }

    /// <summary>Why the last session ended or could not begin, in one sentence; null while none did.</summary>
    public string? LastError { get; init; }

    /// <summary>Since that.</summary>
    public double? LastErrorAgeSeconds { get; init; }

    /// <summary>Until the next try; null unless one is waited for.</summary>
    public double? NextTrySeconds { get; init; }

    /// <summary>How far a stored object is that is played; null for other sources, and while nothing plays.</summary>
    public LoopStatus? Loop { get; init; }
}
