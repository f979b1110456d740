using System.Buffers;
using System.Text;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;
using Sluice.Wire.Sdp;

namespace Sluice.Load.Rtsp;

/// <summary>How far a client has come.</summary>
public enum RtspStage { Describing, SettingUp, Starting, Playing, Leaving, Left, Failed }

/// <summary>
/// The client's side of one RTSP session without a socket: answers in, requests out. DESCRIBE, SETUP of the first media section, PLAY;
/// then signs of life until TEARDOWN (RFC 2326 §10).
/// </summary>
public sealed class RtspDialogue(string url, TransportHeader transport)
{
    private const int MediaTypeSdpBytes = 8;
    private string _base = "";
    private string? _session;
    private uint _cseq;

    public RtspStage Stage { get; private set; }

    /// <summary>Why it failed, in words.</summary>
    public string? Problem { get; private set; }

    /// <summary>Seconds that the session lives without a sign of life.</summary>
    public int TimeoutSeconds { get; private set; } = SessionHeader.DefaultTimeoutSeconds;

    /// <summary>The channel of the media when it is interleaved; the server may choose another than was asked for.</summary>
    public int MediaChannel { get; private set; } = transport.Interleaved?.Rtp ?? -1;

    public void Begin(IBufferWriter<byte> output)
    {
        _base = url;
        var request = Request(output, RtspMethod.Describe, url);
        request.Header("Accept"u8, "application/sdp");
        request.End();
    }

    /// <summary>RFC 2326 §10.8: GET_PARAMETER without a body is a ping.</summary>
    public void KeepAlive(IBufferWriter<byte> output)
    {
        if (Stage == RtspStage.Playing) Request(output, RtspMethod.GetParameter, _base).End();
    }

    public void Leave(IBufferWriter<byte> output)
    {
        if (Stage != RtspStage.Playing) return;
        Request(output, RtspMethod.Teardown, _base).End();
        Stage = RtspStage.Leaving;
    }

    public void Fail(string problem)
    {
        if (Stage is RtspStage.Left or RtspStage.Failed) return;
        (Stage, Problem) = (RtspStage.Failed, problem);
    }

    /// <summary>Takes one answer and writes what follows from it.</summary>
    public void Receive(in RtspMessage answer, IBufferWriter<byte> output)
    {
        if (answer.IsRequest) return;
        if (Stage == RtspStage.Playing) return;   // to a sign of life: some servers know no GET_PARAMETER, and answering is what counts
        if (Stage == RtspStage.Leaving) Stage = RtspStage.Left;
        else if (answer.StatusCode != (int)RtspStatus.Ok) Fail($"{Stage}: {answer.StatusCode} {Encoding.ASCII.GetString(answer.Reason)}");
        else if (Stage == RtspStage.Describing) SetUp(answer, output);
        else if (Stage == RtspStage.SettingUp) Play(answer, output);
        else if (Stage == RtspStage.Starting) Stage = RtspStage.Playing;
    }

    private void SetUp(in RtspMessage answer, IBufferWriter<byte> output)
    {
        if (answer.Body.Length < MediaTypeSdpBytes || !SdpReader.TryRead(answer.Body, out var description) || description.Media.Count == 0)
        {
            Fail("the answer to DESCRIBE holds no media description");
            return;
        }
        if (answer.TryGetHeader(ContentBaseHeader.Name, out var text) && ContentBaseHeader.TryParse(text, out var header)) _base = header.Url;
        var track = Join(_base, description.Media[0].Control);
        if (description.Control is { } control) _base = Join(_base, control);
        var request = Request(output, RtspMethod.Setup, track);
        request.Header(TransportHeader.Name, transport.ToString());
        request.End();
        Stage = RtspStage.SettingUp;
    }

    private void Play(in RtspMessage answer, IBufferWriter<byte> output)
    {
        if (!answer.TryGetHeader(SessionHeader.Name, out var text) || !SessionHeader.TryParse(text, out var session))
        {
            Fail("the answer to SETUP names no session");
            return;
        }
        (_session, TimeoutSeconds) = (session.Id, session.TimeoutSeconds ?? TimeoutSeconds);
        if (answer.TryGetHeader(TransportHeader.Name, out var granted) && TransportHeader.TryParse(granted, out var header))
            MediaChannel = header.Interleaved?.Rtp ?? MediaChannel;
        var request = Request(output, RtspMethod.Play, _base);
        request.Header("Range"u8, "npt=0.000-");
        request.End();
        Stage = RtspStage.Starting;
    }

    // RFC 2326 §C.1.1: absolute, "*" for the base itself, or relative to the base.
    private static string Join(string basis, string? control) =>
        control is null or "*" ? basis
        : control.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) ? control
        : basis.EndsWith('/') ? basis + control : $"{basis}/{control}";

    private RtspWriter Request(IBufferWriter<byte> output, RtspMethod method, string target)
    {
        var request = RtspWriter.Request(output, method, target, new CSeqHeader(++_cseq));
        request.Header("User-Agent"u8, "sluice-load");
        if (_session is not null) request.Header(SessionHeader.Name, _session);
        return request;
    }
}
