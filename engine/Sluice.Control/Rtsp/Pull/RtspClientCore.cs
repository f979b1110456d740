using System.Buffers;
using System.Globalization;
using System.Text;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Rtsp.Pull;

/// <summary>
/// The client's side of one RTSP connection that pulls a source (RFC 2326): bytes and time in; requests, a verdict and the next deadline
/// out. OPTIONS, DESCRIBE, SETUP for each track, PLAY, then signs of life. One request is under way at a time. No socket, no clock; one
/// connection, after which the host makes another. A track is set up before the next request leaves, so that its packets find a
/// listener. Owned by the task that runs the connection.
/// </summary>
public sealed class RtspClientCore(PullPlan plan, PullPacketHandler onPacket)
{
    private const long SecondNs = 1_000_000_000;

    /// <summary>A server that is asked answers in this time, or is taken for dead.</summary>
    public const long AnswerMaxNs = 10 * SecondNs;

    private readonly RtspReader _reader = new();
    private readonly PullLogin _login = new(plan.User, plan.Password);
    private readonly List<PullTrack> _tracks = [];
    private RtspMethod _asked;
    private uint _cseq;
    private string _baseUrl = plan.Url;
    private IReadOnlyList<PortPair> _clientPorts = [];
    private string? _session;
    private int _setUp;
    private bool _isTcp = plan.Transport == PullTransport.Tcp;
    private bool _knowsGetParameter;
    private long _aliveEveryNs = SessionHeader.DefaultTimeoutSeconds * SecondNs / 2;
    private MonotonicTime _answerBy = MonotonicTime.MaxValue;
    private MonotonicTime _aliveAt = MonotonicTime.MaxValue;

    /// <summary>Whether the longest packet would be taken: while not, nothing is read, and TCP tells the server.</summary>
    public Func<bool> HasRoom { get; init; } = static () => true;

    /// <summary>What the server's description offers, once it is known; with ports and channels once it is set up.</summary>
    public IReadOnlyList<PullTrack> Tracks => _tracks;

    /// <summary>PLAY was answered.</summary>
    public bool IsPlaying { get; private set; }

    public bool IsTcp => _isTcp;

    /// <summary>Why it ended, for people; holds neither password nor anything else that was not ours to begin with but a status.</summary>
    public string? Failure { get; private set; }

    /// <summary>It ended because the server did not take the user or the password, or wants one.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Tracks whose SETUP was answered: the first ones.</summary>
    public int SetUpCount => _setUp;

    /// <summary>Where the server sends us.</summary>
    public string? Location { get; private set; }

    public MonotonicTime NextDeadline => _answerBy < _aliveAt ? _answerBy : _aliveAt;

    /// <summary>The connection stands: the first request.</summary>
    public void Start(IBufferWriter<byte> requests, MonotonicTime now) => Ask(requests, RtspMethod.Options, plan.Url, now);

    /// <summary>Reads every complete message and frame off the front of <paramref name="input"/>; what is left must come again with more behind it.</summary>
    public PullVerdict Receive(ref ReadOnlySequence<byte> input, IBufferWriter<byte> requests, MonotonicTime now)
    {
        while (true)
        {
            if (!HasRoom())
                return PullVerdict.Wait;
            var verdict = PullVerdict.Continue;
            switch (_reader.Read(ref input))
            {
                case RtspReadResult.NeedMore:
                    return PullVerdict.Continue;
                case RtspReadResult.Error:
                    return Fail("what the server says is not RTSP");
                case RtspReadResult.Interleaved:
                    OnFrame();
                    break;
                case RtspReadResult.Response:
                    verdict = OnResponse(requests, now);
                    break;
                default:
                    verdict = OnRequest(requests);
                    break;
            }
            if (verdict != PullVerdict.Continue)
                return verdict;
        }
    }

    public PullVerdict OnDeadline(IBufferWriter<byte> requests, MonotonicTime now)
    {
        if (_answerBy <= now)
            return Fail($"no answer to {_asked.Name()} in {AnswerMaxNs / SecondNs} s");
        if (_aliveAt <= now)
            Ask(requests, _knowsGetParameter ? RtspMethod.GetParameter : RtspMethod.Options, _baseUrl, now);
        return PullVerdict.Continue;
    }

    /// <summary>After <see cref="PullVerdict.Described"/>: asks for the tracks.</summary>
    /// <param name="clientPorts">Our RTP and RTCP ports, a pair a track; not looked at over TCP.</param>
    /// <param name="requests">To send.</param>
    /// <param name="now">Now.</param>
    public void SetUp(IReadOnlyList<PortPair> clientPorts, IBufferWriter<byte> requests, MonotonicTime now)
    {
        _clientPorts = clientPorts;
        Ask(requests, RtspMethod.Setup, _tracks[0].Url, now);
    }

    /// <summary>Says that we go; the answer is not waited for.</summary>
    public void Leave(IBufferWriter<byte> requests, MonotonicTime now)
    {
        if (_session is not null)
            Ask(requests, RtspMethod.Teardown, _baseUrl, now);
    }

    private void Ask(IBufferWriter<byte> requests, RtspMethod method, string url, MonotonicTime now)
    {
        (_asked, _answerBy, _aliveAt) = (method, now + AnswerMaxNs, MonotonicTime.MaxValue);
        var request = RtspWriter.Request(requests, method, url, new CSeqHeader(++_cseq));
        request.Header("User-Agent"u8, RtspServerOptions.Default.ServerName);
        _login.Write(request, method, url);
        if (_session is not null)
            request.Header(SessionHeader.Name, _session);
        if (method == RtspMethod.Describe)
            request.Header("Accept"u8, "application/sdp");
        if (method == RtspMethod.Setup)
            request.Header(TransportHeader.Name, Wish(_setUp).ToString());
        if (method == RtspMethod.Play)
            request.Header(RangeHeader.Name, "npt=0.000-");
        request.End();
    }

    private TransportHeader Wish(int track)
    {
        var first = (ushort)(2 * track);
        return _isTcp
            ? new TransportHeader(TransportProtocol.RtpAvpTcp, TransportDelivery.Unicast) { Interleaved = new PortPair(first, (ushort)(first + 1)) }
            : new TransportHeader(TransportProtocol.RtpAvp, TransportDelivery.Unicast) { ClientPort = _clientPorts[track] };
    }

    private PullVerdict OnResponse(IBufferWriter<byte> requests, MonotonicTime now)
    {
        var response = _reader.Message;
        if (!RtspDispatcher.TryGetCSeq(response, out var cseq) || cseq.Number != _cseq || _answerBy == MonotonicTime.MaxValue)
            return PullVerdict.Continue;                       // nobody asked
        _answerBy = MonotonicTime.MaxValue;
        switch (response.StatusCode)
        {
            case >= 200 and < 300:
                return OnOk(response, requests, now);
            case 401 when _login.TryTake(response):
                return AskAgain(requests, now);
            case 401 or 403:
                IsRefused = true;
                return Fail(plan.User is null ? "the server wants a user and a password" : "the server refuses the user or the password");
            case >= 300 and < 400 when TryMove(response):
                return PullVerdict.Moved;
            case 461 when _asked == RtspMethod.Setup && !_isTcp && plan.Transport == PullTransport.UdpThenTcp && _setUp == 0:
                _isTcp = true;
                return AskAgain(requests, now);
            case >= 400 when IsPlaying && _asked is RtspMethod.GetParameter or RtspMethod.Options:
                return StayAlive(now);                         // a sign of life is one whatever its answer
            case >= 400 when _asked == RtspMethod.Options:
                Ask(requests, RtspMethod.Describe, plan.Url, now);
                return PullVerdict.Continue;
            default:
                return Fail(string.Create(CultureInfo.InvariantCulture, $"{_asked.Name()} was answered with {response.StatusCode}"));
        }
    }

    private PullVerdict AskAgain(IBufferWriter<byte> requests, MonotonicTime now)
    {
        Ask(requests, _asked, _asked == RtspMethod.Setup ? _tracks[_setUp].Url : _asked == RtspMethod.Describe ? plan.Url : _baseUrl, now);
        return PullVerdict.Continue;
    }

    private PullVerdict OnOk(RtspMessage response, IBufferWriter<byte> requests, MonotonicTime now)
    {
        switch (_asked)
        {
            case RtspMethod.Options when !IsPlaying:
                _knowsGetParameter = response.TryGetHeader(PublicHeader.Name, out var text)
                    && PublicHeader.TryParse(text, out var methods) && methods.Contains(RtspMethod.GetParameter);
                Ask(requests, RtspMethod.Describe, plan.Url, now);
                return PullVerdict.Continue;
            case RtspMethod.Describe:
                return OnDescribed(response);
            case RtspMethod.Setup:
                return OnSetUp(response, requests, now);
            default:
                IsPlaying |= _asked == RtspMethod.Play;
                return StayAlive(now);
        }
    }

    private PullVerdict OnDescribed(RtspMessage response)
    {
        if (!SdpReader.TryRead(response.Body, out var sdp))
            return Fail("the server's description cannot be read");
        var contentBase = response.TryGetHeader(ContentBaseHeader.Name, out var text) && ContentBaseHeader.TryParse(text, out var header)
            && ControlUrl.IsRtsp(header.Url) ? header.Url : plan.Url;
        _baseUrl = ControlUrl.Resolve(contentBase, sdp.Control);
        foreach (var track in SdpTracks.Read(sdp, plan.TracksMax))
            _tracks.Add(new PullTrack(track.Media, ControlUrl.Resolve(contentBase, track.Control)));
        if (_tracks.Count == 0)
            return Fail("the server describes no stream that can be taken");
        return PullVerdict.Described;
    }

    private PullVerdict OnSetUp(RtspMessage response, IBufferWriter<byte> requests, MonotonicTime now)
    {
        if (!response.TryGetHeader(SessionHeader.Name, out var text) || !SessionHeader.TryParse(text, out var session))
            return Fail("SETUP was answered without a session");
        if (!response.TryGetHeader(TransportHeader.Name, out var rest) || !TransportHeader.TryReadNext(ref rest, out var said) || said is not { } transport
            || transport.IsTcp != _isTcp)
            return Fail("SETUP was answered with another transport");
        _session = session.Id;
        _aliveEveryNs = Math.Max(1, session.TimeoutSeconds ?? SessionHeader.DefaultTimeoutSeconds) * SecondNs / 2;
        _tracks[_setUp] = _tracks[_setUp] with
        {
            ServerPorts = transport.ServerPort,
            Channels = _isTcp ? transport.Interleaved ?? Wish(_setUp).Interleaved : null,
        };
        if (++_setUp < _tracks.Count)
            Ask(requests, RtspMethod.Setup, _tracks[_setUp].Url, now);
        else
            Ask(requests, RtspMethod.Play, _baseUrl, now);
        return PullVerdict.Continue;
    }

    private PullVerdict StayAlive(MonotonicTime now)
    {
        _aliveAt = now + _aliveEveryNs;
        return PullVerdict.Continue;
    }

    private void OnFrame()
    {
        var frame = _reader.Frame;
        for (var i = 0; i < _tracks.Count; i++)
            if (_tracks[i].Channels is { } channels && (channels.Rtp == frame.Channel || channels.Rtcp == frame.Channel))
                onPacket(i, channels.Rtcp == frame.Channel, frame.Payload);
    }

    /// <summary>RFC 2326 §10: a server may ask as well: whether we live (§10.1, §10.8), or for us to see another description, or to go.</summary>
    private PullVerdict OnRequest(IBufferWriter<byte> requests)
    {
        var method = _reader.Message.Method;
        var isKnown = method is RtspMethod.Options or RtspMethod.GetParameter or RtspMethod.SetParameter or RtspMethod.Announce
            or RtspMethod.Redirect or RtspMethod.Teardown;
        if (RtspDispatcher.TryGetCSeq(_reader.Message, out var cseq))
            RtspWriter.Response(requests, isKnown ? RtspStatus.Ok : RtspStatus.NotImplemented, cseq).End();
        switch (method)
        {
            case RtspMethod.Announce:
                return Fail("the server announces another description");
            case RtspMethod.Teardown:
                return Fail("the server has ended the session");
            case RtspMethod.Redirect:
                return TryMove(_reader.Message) ? PullVerdict.Moved : Fail("the server sends us away");
            default:
                return PullVerdict.Continue;
        }
    }

    private bool TryMove(RtspMessage message)
    {
        if (!message.TryGetHeader("Location"u8, out var text) || Encoding.ASCII.GetString(text) is not { } url || !ControlUrl.IsRtsp(url))
            return false;
        Location = url;
        return true;
    }

    private PullVerdict Fail(string why)
    {
        Failure = why;
        return PullVerdict.Failed;
    }
}
