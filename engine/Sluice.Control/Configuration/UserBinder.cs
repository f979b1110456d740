namespace Sluice.Control.Configuration;

/// <summary>The document's users, and the lists of them in channels. No mistake names what was given as a secret.</summary>
internal static class UserBinder
{
    private const string NameForm = "1 to 64 letters, digits, dots, underscores, hyphens or at signs";
    private const string SecretForm = "\"password\", \"passwordFile\", \"ha1Sha256\" or \"ha1Md5\"";
    private const string RealmForm = "1 to 64 printable ASCII characters without quotes, backslashes and colons";

    public static AuthConfig BindAuth(Section section)
    {
        var defaults = new AuthConfig();
        var realm = section.Text("realm", RealmForm) ?? defaults.Realm;
        if (realm.Length is 0 or > AuthConfig.RealmLengthMax || !realm.All(c => c is >= ' ' and <= '~' and not ('"' or '\\' or ':')))
            section.Wrong(section.Find("realm")!, $"\"{ConfigNode.Shown(realm)}\" cannot be a realm", RealmForm);
        var auth = new AuthConfig { Realm = realm, TakesMd5 = section.Flag("md5", defaults.TakesMd5) };
        section.Close();
        return auth;
    }

    public static List<UserConfig> Bind(Section root)
    {
        var users = new List<UserConfig>();
        var node = root.Find("users");
        if (node is null)
            return users;
        if (node.Kind != ConfigKind.Object)
            root.Wrong(node, $"{Kind(node)} is not an object", "users by name, as \"anna\": { \"passwordFile\": \"/etc/sluice/anna\" }");
        foreach (var member in node.Members)
        {
            if (!IsName(member.Key))
                root.Mistakes.Add(new(member.Line, member.Column, member.Value.Path, $"\"{ConfigNode.Shown(member.Key)}\" is not a user name", NameForm));
            users.Add(BindUser(member, root.Mistakes));
        }
        return users;
    }

    /// <summary>A channel's list of users; null = there is none, so the channel is open.</summary>
    public static IReadOnlyList<string>? BindList(Section channel, string key, IReadOnlyList<UserConfig> users)
    {
        if (channel.Find(key) is null)
            return null;
        var list = new List<string>();
        foreach (var node in channel.List(key, "an array of user names"))
        {
            var name = node.Kind == ConfigKind.String ? node.Text : "";
            if (!users.Any(user => user.Name == name))
                channel.Wrong(node, $"there is no user {node.Quoted}",
                    Nearest.To(name, users.Select(user => user.Name)) is { } near ? $"\"{near}\", perhaps" : "a name of the document's \"users\"");
            else if (list.Contains(name))
                channel.Wrong(node, $"{node.Quoted} is in the list already", "every user once");
            else
                list.Add(name);
        }
        return list;
    }

    private static UserConfig BindUser(ConfigMember member, List<ConfigMistake> mistakes)
    {
        // A text instead of an object is most likely a password: it must not come back in the message.
        var section = new Section(member.Value.Kind == ConfigKind.Object ? member.Value : null, ConfigKeys.User, mistakes);
        if (member.Value.Kind != ConfigKind.Object)
            section.Wrong(member.Value, $"{Kind(member.Value)} is not an object", "an object with " + SecretForm);
        var user = new UserConfig
        {
            Name = member.Key,
            Password = Secret(section, "password", UserConfig.IsPassword, "1 to 256 characters without control characters"),
            PasswordFile = section.Text("passwordFile", "the path of a file that holds the password"),
            Ha1Md5 = Secret(section, "ha1Md5", text => IsHex(text, 32), "32 hexadecimal digits, the MD5 of name:realm:password"),
            Ha1Sha256 = Secret(section, "ha1Sha256", text => IsHex(text, 64), "64 hexadecimal digits, the SHA-256 of name:realm:password"),
        };
        CheckTogether(section, user, member.Value);
        section.Close();
        return user;
    }

    private static void CheckTogether(Section section, UserConfig user, ConfigNode node)
    {
        if (!section.IsPresent)
            return;
        var hashed = section.Find("ha1Md5") ?? section.Find("ha1Sha256");
        if (section.Find("password") is null && section.Find("passwordFile") is null && hashed is null)
            section.Wrong(node, "the user has no password", SecretForm);
        if (user.PasswordFile is "")
            section.Wrong(section.Find("passwordFile")!, "the path is empty", "the path of a file that holds the password");
        if (section.Find("password") is { } password && section.Find("passwordFile") is not null)
            section.Wrong(password, "there is a passwordFile as well", "one of the two");
        if (hashed is not null && (section.Find("password") ?? section.Find("passwordFile")) is not null)
            section.Wrong(hashed, "there is a password as well", "the password, or what it hashes to");
    }

    private static SecretText? Secret(Section section, string key, Func<string, bool> isValid, string expected)
    {
        var node = section.Find(key);
        if (node is { Kind: ConfigKind.String } && isValid(node.Text))
            return new SecretText(node.Text);
        if (node is not null)
            section.Wrong(node, "what is given cannot be that", expected);
        return null;
    }

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigit);

    private static bool IsName(string name) => name.Length is > 0 and <= UserConfig.NameLengthMax
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');

    private static string Kind(ConfigNode node) => node.Kind switch
    {
        ConfigKind.Array => "an array",
        ConfigKind.String => "a text",
        ConfigKind.Number => "a number",
        _ => "this",
    };
}
