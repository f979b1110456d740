using Sluice.Control.Configuration;

namespace Sluice.Host.Commands;

/// <summary>Puts the passwords that lie in files of their own into the configuration.</summary>
internal static class PasswordFiles
{
    private const int BytesMax = 4096;

    /// <returns>Null when a file cannot be read or holds no password, which has been written to <paramref name="error"/>.</returns>
    public static EngineConfig? Read(EngineConfig config, string configPath, TextWriter error)
    {
        var users = new List<UserConfig>();
        foreach (var user in config.Users)
        {
            var wrong = Read(user, out var known);
            if (wrong is not null)
                error.WriteLine($"{configPath}: users.{user.Name}.passwordFile: {wrong}");
            users.Add(known);
        }
        return users.Exists(user => user is { PasswordFile: not null, Password: null }) ? null : config with { Users = users };
    }

    private static string? Read(UserConfig user, out UserConfig known)
    {
        known = user;
        if (user.PasswordFile is not { } path)
            return null;
        try
        {
            if (new FileInfo(path).Length > BytesMax)
                return $"{path} is longer than {BytesMax} bytes, which no password is";
            var password = File.ReadAllText(path).Split('\n', 2)[0].TrimEnd('\r');
            if (!UserConfig.IsPassword(password))
                return $"{path} holds no password in its first line";
            known = user with { Password = new SecretText(password) };
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot read the file: {e.Message}";
        }
    }
}
