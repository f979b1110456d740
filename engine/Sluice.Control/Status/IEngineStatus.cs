using Sluice.Control.Offsets;

namespace Sluice.Control.Status;

/// <summary>
/// What can be known about the running engine: the read side of the HTTP API, the status page and the metrics.
/// Every member may be called from any thread at any time, costs the data plane nothing (counters are read where
/// they lie), and gives values that do not change afterwards. Unknown channel names give null; names match without
/// regard to case.
/// </summary>
public interface IEngineStatus
{
    /// <summary>The totals of the engine and of every channel and source. Called about once a second by each reader.</summary>
    EngineSnapshot Snapshot();

    /// <summary>The clients of one channel, in the order in which they joined.</summary>
    IReadOnlyList<ClientStatus>? Clients(string channel);

    /// <summary>Departures of the last second or so, of one channel, or of all of them when the name is null.</summary>
    BurstPicture? Burst(string? channel);

    /// <summary>
    /// The SDP of a channel (RFC 8866) for players that open files: of one output, named by its client id, address or URL; of the first
    /// multicast RTP output without a name; as DESCRIBE would answer when there is none. Null also while nothing is known of the stream.
    /// </summary>
    string? SessionDescription(string channel, string? output);
}

/// <summary>What the HTTP API may ask of the running engine. Thread-safe; answers at once, never waits for the data plane.</summary>
public interface IEngineCommands
{
    /// <summary>Adds a destination to a channel; what it is given has been checked already.</summary>
    AddOutputResult AddOutput(string channel, Configuration.OutputConfig output);

    /// <summary>The offsets of a channel's configured outputs, and who they are by; null when there is no such channel.</summary>
    IReadOnlyList<OutputOffset>? Offsets(string channel);

    /// <summary>
    /// Takes what the content provider says of a channel's offsets in the place of what he said before. Null, or what of it cannot be followed;
    /// the rest is.
    /// </summary>
    string? SetOffsets(string channel, IReadOnlyList<ProviderOffset> offsets);

    /// <summary>Ends one client, with a BYE where it has RTCP. False when there is none of this id (any more).</summary>
    bool RemoveClient(ulong id);
}

/// <summary>Why an output was not added.</summary>
public enum AddOutputRefusal
{
    None,

    /// <summary>There is no channel of this name.</summary>
    UnknownChannel,

    /// <summary>The destination is served already, by this channel or another.</summary>
    Duplicate,

    /// <summary>The limit on clients is reached, or the send loop's mailbox is full.</summary>
    Busy,

    /// <summary>The host has no address, the interface does not exist, or the kernel refuses the destination.</summary>
    Unusable,
}

/// <summary>The new client's id, or why there is none; Reason is one sentence for a person.</summary>
public readonly record struct AddOutputResult(ulong ClientId, AddOutputRefusal Refusal, string Reason)
{
    public bool IsAdded => Refusal == AddOutputRefusal.None;

    public static AddOutputResult Added(ulong clientId) => new(clientId, AddOutputRefusal.None, "");

    public static AddOutputResult Refused(AddOutputRefusal refusal, string reason) => new(0, refusal, reason);
}
