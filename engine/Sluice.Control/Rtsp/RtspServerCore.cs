using System.Buffers;
using System.Net;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>What the host does with the connection after it has sent the replies and executed the commands.</summary>
public enum RtspVerdict
{
    Continue,

    /// <summary>
    /// The engine cannot take more of a publisher's packets this moment: hand the same input over again in a millisecond or two. Meanwhile
    /// nothing is read from the connection, and TCP slows the publisher down; none of its packets is lost.
    /// </summary>
    Wait,
    /// <summary>Nothing more will be read. <see cref="RtspServerCore.OnDisconnected"/> is still to be called.</summary>
    Close,
}

/// <summary>
/// The RTSP server's side of one connection (RFC 2326): bytes and time in; replies, commands and the next deadline out.
/// No socket, no clock. Owned by whatever runs the connection, one call at a time.
/// After every call the host first sends <c>replies</c>, then executes <c>commands</c>, then heeds the verdict.
/// </summary>
public sealed class RtspServerCore
{
    private readonly RtspReader _reader = new();
    private readonly RtspConnection _connection;
    private readonly RtspServerOptions _options;
    private ClientId? _waitsFor;
    private MonotonicTime _activeAt;
    private MonotonicTime _lookAt = MonotonicTime.MaxValue;
    private MonotonicTime _itemDeadline = MonotonicTime.MaxValue;

    /// <param name="admission">The engine behind this connection.</param>
    /// <param name="peerAddress">The far end of the connection, proven by its handshake: the only place media may go.</param>
    /// <param name="options">Times and limits.</param>
    /// <param name="counters">Shared by the connections of a listener.</param>
    /// <param name="now">When the connection was accepted.</param>
    public RtspServerCore(
        IClientAdmission admission, IPAddress peerAddress, RtspServerOptions options, RtspServerCounters counters, MonotonicTime now)
    {
        _options = options;
        _activeAt = now;
        var peer = peerAddress.IsIPv4MappedToIPv6 ? peerAddress.MapToIPv4() : peerAddress;
        _connection = new RtspConnection(admission, peer, options, counters, new RtspSessionTable(options, counters));
    }

    /// <summary>When <see cref="OnDeadline"/> is next to be called; changes with every call.</summary>
    public MonotonicTime NextDeadline
    {
        get
        {
            var next = _connection.Sessions.NextDeadline();
            next = _itemDeadline < next ? _itemDeadline : next;
            next = _lookAt < next ? _lookAt : next;
            return IdleDeadline < next ? IdleDeadline : next;
        }
    }

    /// <summary>Sessions that this connection holds.</summary>
    public int SessionCount => _connection.Sessions.Count;

    private MonotonicTime IdleDeadline => SessionCount == 0 ? _activeAt + _options.IdleTimeoutNs : MonotonicTime.MaxValue;

    /// <summary>
    /// Reads every complete message and frame off the front of <paramref name="input"/>; what is left of it must come again with
    /// more behind it. How much one call may answer is bounded by how much input the host hands over at once.
    /// </summary>
    public RtspVerdict Receive(
        ref ReadOnlySequence<byte> input, IBufferWriter<byte> replies, Queue<SessionCommand> commands, MonotonicTime now)
    {
        while (true)
        {
            if (_waitsFor is { } publisher && !_connection.Admission.HasRoom(publisher))
                return RtspVerdict.Wait;
            _waitsFor = null;
            switch (_reader.Read(ref input))
            {
                case RtspReadResult.NeedMore:
                    WatchItem(now);
                    return RtspVerdict.Continue;
                case RtspReadResult.Error:
                    AnswerError(replies);
                    return RtspVerdict.Close;
                case RtspReadResult.Request:
                    OnRequest(replies, commands, now);
                    break;
                case RtspReadResult.Interleaved:
                    OnInterleaved(now);
                    break;
                default:
                    Interlocked.Increment(ref _connection.Counters.StrayCount);    // we never ask, so no response is ours
                    break;
            }
            _itemDeadline = MonotonicTime.MaxValue;
        }
    }

    /// <summary>Ends what has run out: sessions, a message that does not end, a connection that does nothing.</summary>
    public RtspVerdict OnDeadline(IBufferWriter<byte> replies, Queue<SessionCommand> commands, MonotonicTime now)
    {
        if (_lookAt <= now)
            Look(commands, now);
        if (SessionCount > 0)
        {
            _connection.Sessions.RemoveExpired(commands, now);
            _activeAt = SessionCount == 0 ? now : _activeAt;   // the client may set up again
        }
        if (_itemDeadline <= now)
        {
            WriteFinal(replies, RtspStatus.RequestTimeout, null);
            return RtspVerdict.Close;
        }
        return IdleDeadline <= now ? RtspVerdict.Close : RtspVerdict.Continue;
    }

    /// <summary>A receiver report of this client arrived by UDP at that time.</summary>
    public void OnClientAlive(ClientId client, MonotonicTime at) => _connection.Sessions.FindByClient(client)?.Touch(at);

    /// <summary>The connection is gone, and with it the proof of the peer's address: every session ends.</summary>
    public void OnDisconnected(Queue<SessionCommand> commands) => _connection.Sessions.RemoveAll(commands);

    // A replay's end is nobody's message: sessions that play one are looked at.
    private void Look(Queue<SessionCommand> commands, MonotonicTime now)
    {
        _connection.Sessions.LookAtReplays(_connection.Admission, commands, now);
        LookLater(now);
    }

    private void LookLater(MonotonicTime now) =>
        _lookAt = _connection.Sessions.HasReplay ? now + _options.ReplayLookNs : MonotonicTime.MaxValue;

    private void WatchItem(MonotonicTime now)
    {
        if (!_reader.IsMidItem)
            _itemDeadline = MonotonicTime.MaxValue;
        else if (_itemDeadline == MonotonicTime.MaxValue)
            _itemDeadline = now + _options.RequestTimeoutNs;
    }

    private void OnRequest(IBufferWriter<byte> replies, Queue<SessionCommand> commands, MonotonicTime now)
    {
        _activeAt = now;
        Interlocked.Increment(ref _connection.Counters.RequestCount);
        RtspDispatcher.Dispatch(_connection, _reader.Message, replies, commands, now);
        // A chatty player must not put it off for ever.
        if (_lookAt == MonotonicTime.MaxValue || !_connection.Sessions.HasReplay)
            LookLater(now);
    }

    private void OnInterleaved(MonotonicTime now)
    {
        var frame = _reader.Frame;
        if (_connection.Sessions.FindByChannel(frame.Channel) is not { } owner)
        {
            Interlocked.Increment(ref _connection.Counters.StrayCount);
            return;
        }
        if (owner.Track.Client is not { } client)
            return;
        // Of a publisher only packets that are some count: the host tells (OnClientAlive).
        if (owner.Session.Announced is null)
            owner.Session.Touch(now);
        else
            _waitsFor = client;
        _connection.Admission.OnInterleaved(client, frame.Channel == owner.Track.Channels!.Value.Rtcp, frame.Payload, now);
    }

    private void AnswerError(IBufferWriter<byte> replies)
    {
        Interlocked.Increment(ref _connection.Counters.MalformedCount);
        if (_reader.Error == RtspReadError.TlsOnRtspPort)
            Interlocked.Increment(ref _connection.Counters.TlsOnPlainCount);
        else if (_reader.Error == RtspReadError.HttpOnRtspPort)
            Interlocked.Increment(ref _connection.Counters.HttpCount);
        CSeqHeader? cseq = null;
        if (_reader.HasHead && RtspDispatcher.TryGetCSeq(_reader.Message, out var known))
            cseq = known;
        WriteFinal(replies, _reader.Error.Status(), cseq);
    }

    private void WriteFinal(IBufferWriter<byte> replies, RtspStatus status, CSeqHeader? cseq)
    {
        var reply = RtspWriter.Response(replies, status, cseq);
        reply.Header("Server"u8, _options.ServerName);
        reply.Header("Connection"u8, "close");
        reply.End();
    }
}
