using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>Where a session stands (RFC 2326 §A.2). A connection without the session in question is in Init.</summary>
internal enum RtspState
{
    Init,

    /// <summary>Set up to play.</summary>
    Ready,
    Playing,

    /// <summary>Set up to record: RFC 2326 has one Ready for both, but PLAY and RECORD do not change places in it.</summary>
    ReadyToRecord,
    Recording,
}

/// <summary>Which method is answered how in which state: every pair is defined here and nowhere else (RFC 2326 §A.2).</summary>
internal static class RtspStateTable
{
    private const RtspStatus Yes = RtspStatus.Ok;
    private const RtspStatus NoSession = RtspStatus.SessionNotFound;
    private const RtspStatus NotNow = RtspStatus.MethodNotValidInThisState;
    private const RtspStatus Never = RtspStatus.MethodNotAllowed;
    private const RtspStatus Unheard = RtspStatus.NotImplemented;

    private static readonly RtspStatus[,] Rules =
    {
        //                         Init       Ready    Playing  ReadyToRecord  Recording
        /* UNKNOWN       */      { Unheard,   Unheard, Unheard, Unheard,       Unheard },
        /* OPTIONS       */      { Yes,       Yes,     Yes,     Yes,           Yes },
        /* DESCRIBE      */      { Yes,       Yes,     Yes,     Yes,           Yes },
        /* ANNOUNCE      */      { Yes,       NotNow,  NotNow,  NotNow,        NotNow },
        /* SETUP         */      { Yes,       Yes,     NotNow,  Yes,           NotNow },     // transports do not change under a running stream
        /* PLAY          */      { NoSession, Yes,     Yes,     NotNow,        NotNow },
        /* PAUSE         */      { NoSession, NotNow,  Yes,     NotNow,        Yes },
        /* TEARDOWN      */      { NoSession, Yes,     Yes,     Yes,           Yes },
        /* GET_PARAMETER */      { Yes,       Yes,     Yes,     Yes,           Yes },
        /* SET_PARAMETER */      { Yes,       Yes,     Yes,     Yes,           Yes },
        /* REDIRECT      */      { Never,     Never,   Never,   Never,         Never },      // from server to client only
        /* RECORD        */      { NoSession, NotNow,  NotNow,  Yes,           Yes },
    };

    /// <summary>The methods that are answered in some state: the value of Public and Allow.</summary>
    public static readonly PublicHeader Methods = PublicHeader.Of(
        RtspMethod.Options, RtspMethod.Describe, RtspMethod.Setup, RtspMethod.Play, RtspMethod.Pause, RtspMethod.Teardown,
        RtspMethod.GetParameter, RtspMethod.SetParameter, RtspMethod.Announce, RtspMethod.Record);

    /// <summary>Ok when the method may be tried, else the answer.</summary>
    public static RtspStatus Rule(RtspState state, RtspMethod method) => Rules[(int)method, (int)state];
}
