namespace Sluice.Control.Rtsp.Pull;

/// <summary>URLs of a server's description (RFC 2326 §C.1.1).</summary>
internal static class ControlUrl
{
    /// <summary>
    /// What a control attribute means: absolute, relative to the base, or the base itself for <c>*</c> and for nothing. Servers put the
    /// name behind the base, with a slash between; RFC 1808 would replace the last part, and cameras do not.
    /// </summary>
    public static string Resolve(string baseUrl, string? control)
    {
        if (control is null or "" or "*")
            return baseUrl;
        if (IsRtsp(control))
            return control;
        return baseUrl.EndsWith('/') ? baseUrl + control.TrimStart('/') : $"{baseUrl}/{control.TrimStart('/')}";
    }

    /// <summary>False for another scheme, and for what could carry a user's name into a request.</summary>
    public static bool IsRtsp(string url) =>
        url.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) && !url.Contains('@', StringComparison.Ordinal);
}
