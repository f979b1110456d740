namespace Sluice.Control.Configuration;

/// <summary>Names that are elsewhere: a URL, or an object with the URL as <c>to</c>.</summary>
internal static class RedirectBinder
{
    private const string UrlForm = "a URL such as \"rtsp://10.0.0.2:8554/news\", without a user in it";
    private const string Form = UrlForm + ", or an object with \"to\"";
    private const int UrlMax = 512;

    public static IReadOnlyDictionary<string, RedirectConfig> Bind(Section root)
    {
        var redirects = new Dictionary<string, RedirectConfig>(StringComparer.OrdinalIgnoreCase);
        var node = root.Find("redirects");
        if (node is null)
            return redirects;
        if (node.Kind != ConfigKind.Object)
            root.Wrong(node, $"{node.Quoted} is not an object", "redirects by name, as \"old\": \"rtsp://10.0.0.2:8554/news\"");
        foreach (var member in node.Members)
        {
            if (Wrong(root, member, redirects) is { } wrong)
                root.Mistakes.Add(new(member.Line, member.Column, member.Value.Path, wrong, "a name of its own that a channel could have"));
            else if (BindOne(member.Value, root.Mistakes) is { } redirect)
                redirects.Add(member.Key, redirect);
        }
        return redirects;
    }

    private static string? Wrong(Section root, ConfigMember member, Dictionary<string, RedirectConfig> redirects)
    {
        var shown = ConfigNode.Shown(member.Key);
        if (!ChannelBinder.IsName(member.Key))
            return $"\"{shown}\" is not a channel name";
        if (redirects.ContainsKey(member.Key))
            return $"\"{shown}\" is there already, in another case";
        var isChannel = root.Find("channels")?.Members.Exists(c => c.Key.Equals(member.Key, StringComparison.OrdinalIgnoreCase)) ?? false;
        return isChannel ? $"\"{shown}\" is a channel of this document" : null;
    }

    private static RedirectConfig? BindOne(ConfigNode node, List<ConfigMistake> mistakes)
    {
        var isText = node.Kind == ConfigKind.String;
        var section = new Section(isText ? null : node, ConfigKeys.Redirect, mistakes);
        var to = isText ? node : section.Require("to", UrlForm);
        var isPermanent = section.Flag("permanent", false);
        section.Close();
        if (to is null)
            return null;
        if (to.Kind == ConfigKind.String && IsUrl(to.Text))
            return new(to.Text, isPermanent);
        // Not quoted: there may be a password in it.
        section.Wrong(to, "this is not where a player can be sent", isText ? Form : UrlForm);
        return null;
    }

    private static bool IsUrl(string text) => text.Length <= UrlMax && text.All(c => c is > ' ' and <= '~')
        && Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "rtsp" or "rtsps")
        && url.Host.Length > 0 && url.UserInfo.Length == 0;
}
