using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Control.Access;
using Sluice.Linux;

namespace Sluice.Host.Web;

/// <summary>Asks who it is before something of a channel is given out over HTTP: Digest, and Basic over TLS (RFC 7616, RFC 7617).</summary>
internal static class HttpGate
{
    /// <summary>True = go on; false = the refusal has been written.</summary>
    public static async ValueTask<bool> AdmitsAsync(HttpContext context, IAccess access, string channel, AccessRight right = AccessRight.Read)
    {
        if (access.IsOpen(channel, right))
            return true;
        var (verdict, challenges) = Check(context, access, channel, right);
        if (verdict == AccessVerdict.Granted)
            return true;
        context.Response.Headers.WWWAuthenticate = challenges;
        await (verdict switch
        {
            AccessVerdict.Forbidden => Problems.WriteAsync(context, 403, "Forbidden", "This user is not on the list of this channel."),
            AccessVerdict.Locked => Problems.WriteAsync(context, 429, "Too many wrong passwords", "Try again in a minute."),
            _ => Problems.WriteAsync(context, 401, "Who is it?", "This channel is for the users on its list."),
        });
        return false;
    }

    private static (AccessVerdict Verdict, string[] Challenges) Check(HttpContext context, IAccess access, string channel, AccessRight right)
    {
        var authorization = context.Request.Headers.Authorization;
        var question = new AccessQuestion
        {
            Channel = channel,
            Right = right,
            Method = Encoding.ASCII.GetBytes(context.Request.Method),
            Target = Encoding.UTF8.GetBytes(context.Features.Get<IHttpRequestFeature>()!.RawTarget),
            Authorization = authorization.Count == 1 ? Encoding.UTF8.GetBytes(authorization.ToString()) : default,
            Peer = context.Connection.RemoteIpAddress ?? IPAddress.None,
            IsTls = context.Request.IsHttps,
        };
        var now = SystemClock.Now;
        var verdict = access.Check(question, now).Verdict;
        var asksAgain = verdict is AccessVerdict.Unproven or AccessVerdict.Stale or AccessVerdict.Refused;
        return (verdict, asksAgain ? [.. access.Challenges(question, verdict, now)] : []);
    }
}
