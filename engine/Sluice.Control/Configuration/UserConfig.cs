namespace Sluice.Control.Configuration;

/// <summary>A text that nobody is shown: into a log, a status or a message it goes as "***", whoever prints what holds it.</summary>
public sealed class SecretText(string value)
{
    /// <summary>For hashing, and for nothing else.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}

/// <summary>Somebody who may be asked who it is. At least one of password, file and hashes is given.</summary>
public sealed record UserConfig
{
    public const int NameLengthMax = 64, PasswordLengthMax = 256;

    /// <summary>Letters, digits, dot, underscore, hyphen, at sign; 1 to 64. Case matters.</summary>
    public required string Name { get; init; }

    /// <summary>Null when only a file or hashes are given.</summary>
    public SecretText? Password { get; init; }

    /// <summary>A file whose first line is the password; the host reads it at start.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>MD5 of <c>name:realm:password</c>, 32 hexadecimal digits (RFC 7616 §3.4.2).</summary>
    public SecretText? Ha1Md5 { get; init; }

    /// <summary>SHA-256 of <c>name:realm:password</c>, 64 hexadecimal digits.</summary>
    public SecretText? Ha1Sha256 { get; init; }

    public static bool IsPassword(string text) => text.Length is > 0 and <= PasswordLengthMax && !text.Any(char.IsControl);
}

/// <summary>How users prove who they are.</summary>
public sealed record AuthConfig
{
    public const int RealmLengthMax = 64;

    /// <summary>What hashed passwords are bound to, and what players show when they ask for one. Default "sluice".</summary>
    public string Realm { get; init; } = "sluice";

    /// <summary>Whether Digest with MD5 is offered beside SHA-256. Default yes: ffmpeg 5 and GStreamer 1.22 know nothing else.</summary>
    public bool TakesMd5 { get; init; } = true;
}
