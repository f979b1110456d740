using Sluice.Wire.Auth;
using Sluice.Wire.Rtsp;

namespace Sluice.Control.Rtsp.Pull;

/// <summary>Answers a server that asks who we are (RFC 7616, RFC 7617): the strongest challenge that it offers.</summary>
internal sealed class PullLogin(string? user, string? password)
{
    private DigestChallenge? _digest;
    private bool _isBasic;
    private uint _count;

    /// <summary>Takes the challenges of a 401; false when there is nothing new to say: no user, no scheme of ours, or the password was refused.</summary>
    public bool TryTake(RtspMessage response)
    {
        if (user is null || password is null)
            return false;
        DigestChallenge? best = null;
        var offersBasic = false;
        for (var i = 0; i < response.HeaderCount; i++)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(response.HeaderName(i), DigestChallenge.HeaderName))
                continue;
            var value = response.HeaderValue(i);
            if (DigestChallenge.TryParse(value, out var challenge) && (best is not { } known || challenge.Algorithm > known.Algorithm))
                best = challenge;
            offersBasic |= value.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(value[..5], "Basic"u8);
        }
        return best is { } digest ? TryDigest(digest) : TryBasic(offersBasic);
    }

    /// <summary>Adds the proof to a request when one was asked for.</summary>
    public void Write(RtspWriter request, RtspMethod method, string url)
    {
        if (_digest is { } challenge)
            request.Header("Authorization"u8, challenge.Answer(user!, password!, method.Name(), url, ++_count));
        else if (_isBasic)
            request.Header("Authorization"u8, BasicCredentials.Write(user!, password!));
    }

    // A second challenge after a proof means that the proof was wrong, unless only the nonce was too old.
    private bool TryDigest(in DigestChallenge challenge)
    {
        if (_digest is not null && !challenge.IsStale)
            return false;
        (_digest, _isBasic, _count) = (challenge, false, 0);
        return true;
    }

    private bool TryBasic(bool isOffered)
    {
        var isNew = isOffered && !_isBasic && _digest is null;
        _isBasic |= isNew;
        return isNew;
    }
}
