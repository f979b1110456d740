using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Control.Rtsp;

/// <summary>Where a session stands (RFC 2326 §A.2). A connection without the session in question is in Init.</summary>
internal enum RtspState { Init, Ready, Playing }

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
        //                         Init       Ready    Playing
        /* UNKNOWN       */      { Unheard,   Unheard, Unheard },
        /* OPTIONS       */      { Yes,       Yes,     Yes },
        /* DESCRIBE      */      { Yes,       Yes,     Yes },
        /* ANNOUNCE      */      { Never,     Never,   Never },
        /* SETUP         */      { Yes,       Yes,     NotNow },     // transports do not change under a running stream
        /* PLAY          */      { NoSession, Yes,     Yes },
        /* PAUSE         */      { NoSession, NotNow,  Yes },
        /* TEARDOWN      */      { NoSession, Yes,     Yes },
        /* GET_PARAMETER */      { Yes,       Yes,     Yes },
        /* SET_PARAMETER */      { Yes,       Yes,     Yes },
        /* REDIRECT      */      { Never,     Never,   Never },      // from server to client only
        /* RECORD        */      { Never,     Never,   Never },
    };

    /// <summary>The methods that are answered in some state: the value of Public and Allow.</summary>
    public static readonly PublicHeader Methods = PublicHeader.Of(
        RtspMethod.Options, RtspMethod.Describe, RtspMethod.Setup, RtspMethod.Play, RtspMethod.Pause, RtspMethod.Teardown,
        RtspMethod.GetParameter, RtspMethod.SetParameter);

    /// <summary>Ok when the method may be tried, else the answer.</summary>
    public static RtspStatus Rule(RtspState state, RtspMethod method) => Rules[(int)method, (int)state];
}
