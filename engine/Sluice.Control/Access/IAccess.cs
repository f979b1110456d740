using System.Net;
using Sluice.Linux;

namespace Sluice.Control.Access;

/// <summary>What somebody may do with a channel.</summary>
public enum AccessRight { Read, Publish }

/// <summary>What <see cref="IAccess.Check"/> found; everything but Granted is a refusal.</summary>
public enum AccessVerdict
{
    /// <summary>The channel is open, or the right user proved who it is.</summary>
    Granted,
    /// <summary>No usable credentials came: 401 with challenges.</summary>
    Unproven,
    /// <summary>The password was right, the nonce was not (too old, used before, another connection's): 401 with <c>stale=true</c>.</summary>
    Stale,
    /// <summary>A wrong password, or a user that does not exist; nothing tells which: 401 with challenges.</summary>
    Refused,
    /// <summary>A known user that is not on the channel's list: 403.</summary>
    Forbidden,
    /// <summary>Too many wrong passwords came from this address lately; nothing was looked at: RTSP 403, HTTP 429.</summary>
    Locked,
}

/// <summary>The verdict and, when somebody proved who it is, the user.</summary>
public readonly record struct AccessAnswer(AccessVerdict Verdict, string? User = null)
{
    public bool IsGranted => Verdict == AccessVerdict.Granted;
}

/// <summary>One request that wants something, as its protocol brought it.</summary>
public readonly ref struct AccessQuestion
{
    /// <summary>
    /// In any case of letters. A name that the configuration does not know is open: saying 404 is for the caller, who asks for
    /// <see cref="AccessQuestion.NoChannel"/> before.
    /// </summary>
    public required string Channel { get; init; }

    /// <summary>
    /// What to ask for in the place of a name that is not there: where any channel is closed, who asks must prove to be one of the users
    /// first, or names could be guessed by the answer.
    /// </summary>
    public const string NoChannel = "";

    /// <summary>What stands for the channel where a group that is relayed is asked for; no channel can have this name.</summary>
    public const string Relay = "(relay)";

    /// <summary>The same for assets, all of them.</summary>
    public const string Assets = "(assets)";

    /// <summary>Before the name of one of them, where it is asked for as a channel is.</summary>
    public const string AssetPrefix = "assets/";
    public required AccessRight Right { get; init; }

    /// <summary>Method and target of the request line, to the letter: Digest hashes them.</summary>
    public required ReadOnlySpan<byte> Method { get; init; }
    public required ReadOnlySpan<byte> Target { get; init; }

    /// <summary>The value of the Authorization header; empty = there is none, or there are several.</summary>
    public required ReadOnlySpan<byte> Authorization { get; init; }
    public required IPAddress Peer { get; init; }

    /// <summary>The connection is encrypted, so a password may travel on it (Basic).</summary>
    public bool IsTls { get; init; }

    /// <summary>
    /// A random number of the connection: a nonce given with it serves clients without qop on this connection only.
    /// 0 = connections come and go (HTTP), and such clients are refused.
    /// </summary>
    public ulong Connection { get; init; }
}

/// <summary>
/// Who may read and publish which channel. One for the whole engine; any control thread at any time. It takes no longer for a user
/// that does not exist than for one that does.
/// </summary>
public interface IAccess
{
    /// <summary>True when nobody is asked who it is.</summary>
    bool IsOpen(string channel, AccessRight right);

    AccessAnswer Check(in AccessQuestion question, MonotonicTime now);

    /// <summary>The values of the WWW-Authenticate headers that go with a 401, in the server's order of preference.</summary>
    IReadOnlyList<string> Challenges(in AccessQuestion question, AccessVerdict verdict, MonotonicTime now);
}

/// <summary>No users: everything is open.</summary>
public sealed class OpenAccess : IAccess
{
    public static readonly OpenAccess Instance = new();

    public bool IsOpen(string channel, AccessRight right) => true;

    public AccessAnswer Check(in AccessQuestion question, MonotonicTime now) => new(AccessVerdict.Granted);

    public IReadOnlyList<string> Challenges(in AccessQuestion question, AccessVerdict verdict, MonotonicTime now) => [];
}
