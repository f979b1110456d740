using System.Text;

namespace Sluice.Wire.Rtsp;

/// <summary>The methods of RTSP 1.0 (RFC 2326 §10). Names are case-sensitive on the wire.</summary>
public enum RtspMethod
{
    /// <summary>A well-formed token that is no method of RTSP 1.0; its answer is 501.</summary>
    Unknown,
    Options,
    Describe,
    Announce,
    Setup,
    Play,
    Pause,
    Teardown,
    GetParameter,
    SetParameter,
    Redirect,
    Record,
}

/// <summary>Method names as they stand in a request line.</summary>
public static class RtspMethods
{
    private static readonly string[] Names =
    [
        "UNKNOWN", "OPTIONS", "DESCRIBE", "ANNOUNCE", "SETUP", "PLAY", "PAUSE", "TEARDOWN",
        "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "RECORD",
    ];

    public static int Count => Names.Length;

    public static string Name(this RtspMethod method) => Names[(int)method];

    /// <summary>The method of that name, or <see cref="RtspMethod.Unknown"/>.</summary>
    public static RtspMethod Parse(ReadOnlySpan<byte> name)
    {
        for (var i = 1; i < Names.Length; i++)
            if (Ascii.Equals(name, Names[i]))
                return (RtspMethod)i;
        return RtspMethod.Unknown;
    }
}
