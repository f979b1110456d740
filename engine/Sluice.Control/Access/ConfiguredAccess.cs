using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Linux;
using Sluice.Wire.Auth;
using Sluice.Wire.Rtsp;

namespace Sluice.Control.Access;

/// <summary>The users and lists of a configuration: Digest with SHA-256 and MD5 (RFC 7616), Basic (RFC 7617) on encrypted connections only.</summary>
public sealed class ConfiguredAccess : IAccess
{
    private readonly Dictionary<string, ChannelConfig> _channels = new(StringComparer.OrdinalIgnoreCase);
    private readonly NonceMint _nonces = new();
    private readonly NonceCounts _counts = new();
    private readonly FailureLock _failures = new();
    private readonly UserTable _users;
    private readonly string[] _everybody;
    private readonly bool _takesMd5;

    public ConfiguredAccess(EngineConfig config)
    {
        _users = new UserTable(config.Users, config.Auth.Realm);
        _everybody = [.. config.Users.Select(user => user.Name)];
        _takesMd5 = config.Auth.TakesMd5;
        foreach (var channel in config.Channels)
            _channels.Add(channel.Name, channel);
        if (config.Assets is { } assets)
            _channels.Add(AccessQuestion.Assets,
                new ChannelConfig { Name = AccessQuestion.Assets, Sources = [], Read = assets.Read, Publish = assets.Publish });
        if (config.Relay is { } relay)
            _channels.Add(AccessQuestion.Relay, new ChannelConfig { Name = AccessQuestion.Relay, Sources = [], Read = relay.Read });
    }

    public AccessCounters Counters { get; } = new();

    public bool IsOpen(string channel, AccessRight right) => Users(channel, right) is null;

    public AccessAnswer Check(in AccessQuestion question, MonotonicTime now)
    {
        if (Users(question.Channel, question.Right) is not { } users)
            return new(AccessVerdict.Granted);
        var answer = Prove(question, now);
        if (answer.IsGranted && !users.Contains(answer.User!, StringComparer.Ordinal))
            answer = answer with { Verdict = AccessVerdict.Forbidden };
        Count(answer.Verdict);
        return answer;
    }

    public IReadOnlyList<string> Challenges(in AccessQuestion question, AccessVerdict verdict, MonotonicTime now)
    {
        var nonce = _nonces.Issue(question.Connection, now);
        var sha256 = new DigestChallenge(_users.Realm, nonce, DigestAlgorithm.Sha256, IsStale: verdict == AccessVerdict.Stale);
        var challenges = new List<string> { sha256.ToString() };
        // The weaker one last: clients that read only one header read the first, those that overwrite keep what they can do.
        if (_takesMd5)
            challenges.Add((sha256 with { Algorithm = DigestAlgorithm.Md5 }).ToString());
        if (question.IsTls)
            challenges.Add(string.Create(CultureInfo.InvariantCulture, $"Basic realm=\"{_users.Realm}\", charset=\"UTF-8\""));
        return challenges;
    }

    private IReadOnlyList<string>? Users(string channel, AccessRight right)
    {
        if (channel == AccessQuestion.NoChannel)
            return _channels.Values.Any(one => List(one, right) is not null) ? _everybody : null;
        if (channel.StartsWith(AccessQuestion.AssetPrefix, StringComparison.OrdinalIgnoreCase))
            channel = AccessQuestion.Assets;
        return _channels.TryGetValue(channel, out var known) ? List(known, right) : null;
    }

    private static IReadOnlyList<string>? List(ChannelConfig channel, AccessRight right) => right == AccessRight.Read ? channel.Read : channel.Publish;

    private AccessAnswer Prove(in AccessQuestion question, MonotonicTime now)
    {
        if (question.Authorization.IsEmpty)
            return new(AccessVerdict.Unproven);
        if (_failures.IsLocked(question.Peer, now))
            return new(AccessVerdict.Locked);
        AccessAnswer answer;
        if (DigestCredentials.TryParse(question.Authorization, out var digest) && (digest.Algorithm != DigestAlgorithm.Md5 || _takesMd5))
            answer = ProveByDigest(question, digest, now);
        else if (question.IsTls && BasicCredentials.TryParse(question.Authorization, out var name, out var password))
            answer = _users.IsRight(name, password, out var user) ? new(AccessVerdict.Granted, user) : new(AccessVerdict.Refused);
        else
            return new(AccessVerdict.Unproven);
        if (answer.Verdict == AccessVerdict.Refused)
            _failures.OnFailure(question.Peer, now);
        return answer;
    }

    /// <summary>The password first: whoever guesses is counted, whatever nonce it guesses with.</summary>
    private AccessAnswer ProveByDigest(in AccessQuestion question, in DigestCredentials digest, MonotonicTime now)
    {
        if (!_users.IsRight(digest, question.Method, out var user))
            return new(AccessVerdict.Refused);
        var isOurs = _nonces.TryRead(digest.Nonce, out var nonce) && _counts.IsFresh(nonce, now);
        // Without a count nothing but the connection keeps a copy from being used again.
        var isBound = digest.Count > 0 || (question.Connection != 0 && nonce.Connection == question.Connection);
        if (!isOurs || !isBound || !IsSameTarget(digest.Uri, question.Target))
            return new(AccessVerdict.Stale);
        if (digest.Count == 0 || _counts.TryUse(nonce, digest.Count, now))
            return new(AccessVerdict.Granted, user);
        Interlocked.Increment(ref Counters.ReplayedCount);
        return new(AccessVerdict.Stale);
    }

    /// <summary>RFC 7616 §3.4.6: both must name the same thing; some cameras and recorders always sign the channel's URL.</summary>
    private static bool IsSameTarget(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> asked) =>
        signed.SequenceEqual(asked) || (RtspUrl.TryParse(signed, out var one) && RtspUrl.TryParse(asked, out var other)
            && one.Channel is not null && string.Equals(one.Channel, other.Channel, StringComparison.OrdinalIgnoreCase));

    private void Count(AccessVerdict verdict)
    {
        switch (verdict)
        {
            case AccessVerdict.Granted: Interlocked.Increment(ref Counters.GrantedCount); break;
            case AccessVerdict.Unproven: Interlocked.Increment(ref Counters.UnprovenCount); break;
            case AccessVerdict.Stale: Interlocked.Increment(ref Counters.StaleCount); break;
            case AccessVerdict.Refused: Interlocked.Increment(ref Counters.RefusedCount); break;
            case AccessVerdict.Forbidden: Interlocked.Increment(ref Counters.ForbiddenCount); break;
            default: Interlocked.Increment(ref Counters.LockedCount); break;
        }
    }
}
