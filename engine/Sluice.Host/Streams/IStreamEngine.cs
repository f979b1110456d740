using System.Net;
using Sluice.Control.Configuration;
using Sluice.Control.Playback;
using Sluice.Control.Relays;
using Sluice.Control.Status;
using Sluice.Flow;

namespace Sluice.Host.Streams;

/// <summary>What HTTP-TS needs of the engine. Any control thread.</summary>
internal interface IStreamEngine
{
    /// <summary>What became of viewers; shown as metrics.</summary>
    StreamCounters Counters { get; }

    /// <summary>A channel by its name, whatever its case; null when there is none.</summary>
    IStreamSource? FindChannel(string name);

    /// <summary>A group that the policy allows; it is joined when somebody watches. Null when nothing is relayed.</summary>
    IStreamSource? OpenRelay(RelayRequest request);
}

/// <summary>Something that can be watched over HTTP.</summary>
internal interface IStreamSource
{
    string Name { get; }

    /// <summary>What its packets carry, in words; only MPEG-TS can go out by HTTP as it is.</summary>
    string Media { get; }

    bool IsTransportStream { get; }

    /// <summary>What becomes of a viewer that does not read fast enough.</summary>
    SlowReader Slow { get; }

    /// <summary>What of its past can be asked for now; null = nothing.</summary>
    MediaSpan? Span => null;

    /// <summary>
    /// Makes a client of a viewer: from now on its packets go into its ring, until its id is removed from the engine. Refused
    /// with a reason when there is no room.
    /// </summary>
    AddOutputResult Join(StreamViewer viewer);
}

/// <summary>One connection that wants to watch.</summary>
/// <param name="From">Who.</param>
/// <param name="Ring">Where its packets go.</param>
/// <param name="OnGone">Called when the engine has ended the client (API, stop), or when it was removed; must not block.</param>
/// <param name="Place">What he wants to see: now, or something that lies in the span.</param>
/// <param name="OnEnded">Called when all of that is in the ring; must not block.</param>
internal sealed record StreamViewer(IPEndPoint From, FrameRing Ring, Action OnGone, PlayPlace Place, Action OnEnded);
