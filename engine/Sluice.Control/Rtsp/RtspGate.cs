using System.Globalization;
using System.Text;
using Sluice.Control.Access;
using Sluice.Wire.Auth;
using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp;

/// <summary>
/// Asks who it is before a method that opens something: DESCRIBE, SETUP, ANNOUNCE. What follows names the session that those opened;
/// its id is a secret of this one connection, so a keep-alive does not fail because a nonce grew old meanwhile.
/// </summary>
internal static class RtspGate
{
    /// <summary>True = go on; false = the refusal has been written.</summary>
    public static bool Admits(in RtspExchange exchange, string channel, AccessRight right)
    {
        var access = exchange.Connection.Options.Access;
        if (access.IsOpen(channel, right))
            return true;
        var question = Question(exchange, channel, right);
        var answer = access.Check(question, exchange.Now);
        if (!answer.IsGranted)
            Refuse(exchange, question, answer.Verdict);
        return answer.IsGranted;
    }

    private static AccessQuestion Question(in RtspExchange exchange, string channel, AccessRight right) => new()
    {
        Channel = channel,
        Right = right,
        Method = Encoding.ASCII.GetBytes(exchange.Request.Method.Name()),
        Target = exchange.Request.Url,
        Authorization = exchange.Request.CountHeader("Authorization"u8) == 1
            && exchange.Request.TryGetHeader("Authorization"u8, out var value) ? value : default,
        Peer = exchange.Connection.PeerAddress,
        IsTls = exchange.Connection.Options.IsTls,
        Connection = exchange.Connection.Number,
    };

    private static void Refuse(in RtspExchange exchange, in AccessQuestion question, AccessVerdict verdict)
    {
        var asksAgain = verdict is AccessVerdict.Unproven or AccessVerdict.Stale or AccessVerdict.Refused;
        var reply = exchange.Begin(asksAgain ? RtspStatus.Unauthorized : RtspStatus.Forbidden);
        if (asksAgain)
            foreach (var challenge in exchange.Connection.Options.Access.Challenges(question, verdict, exchange.Now))
                reply.Header(DigestChallenge.HeaderName, challenge);
        else if (verdict == AccessVerdict.Locked)
            reply.Header("Retry-After"u8, (FailureLock.WindowNs / 1_000_000_000).ToString(CultureInfo.InvariantCulture));
        reply.End();
    }
}
