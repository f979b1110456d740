using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// A socket that supplies a source for a while: given to the ingest loop while it runs, and taken back. Everything that was
/// learned of the sender lives and dies with it.
/// </summary>
public sealed class SourceAttachment<TSocket> where TSocket : struct, IDatagramSocket
{
    private volatile bool _isReleased;

    internal SourceAttachment(int source, TSocket socket, SourceReceiver receiver) => (Source, Socket, Receiver) = (source, socket, receiver);

    /// <summary>Index of the source in the plan.</summary>
    public int Source { get; }

    public TSocket Socket { get; }

    internal SourceReceiver Receiver { get; }

    /// <summary>Any thread: the ingest loop will not touch the socket any more, so it may be closed.</summary>
    public bool IsReleased => _isReleased;

    internal void Release() => _isReleased = true;
}

/// <summary>A source gets a socket, or gives its socket back (null).</summary>
internal readonly record struct IngestCommand<TSocket>(int Source, SourceAttachment<TSocket>? Attachment) where TSocket : struct, IDatagramSocket
{
    /// <summary>Set: only the socket is another, the source goes on (its device came back).</summary>
    public TSocket? Replacement { get; init; }

    /// <summary>The source goes on without a socket: its packets come by an inlet, or none come.</summary>
    public bool TakesAway { get; init; }
}
