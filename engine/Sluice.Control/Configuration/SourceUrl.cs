using System.Net;

namespace Sluice.Control.Configuration;

/// <summary>
/// Where packets of a channel come from. <c>rtp://@:5004</c> any address of this machine; <c>rtp://239.1.2.3:5004</c>
/// a group from any source (RFC 1112); <c>rtp://10.0.0.7@232.1.1.1:5004</c> a group from one source (RFC 4607);
/// <c>?iface=eth0</c> where to join; <c>?from=10.0.0.7</c> the only sender a unicast source listens to; <c>?nack=on</c> asks the sender of a
/// unicast source for lost packets.
/// <c>rtsp://user:password@camera/stream</c> is pulled (<see cref="PullUrl"/>), the word <c>publish</c> is whoever publishes by RTSP, and
/// <c>asset:film</c> a stored object (<see cref="AssetSource"/>).
/// </summary>
/// <param name="Scheme">What the datagrams hold.</param>
/// <param name="Host">Local address or group; empty = any; may be a name, resolved when the channel starts.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Sender">The one host whose packets are taken; null = anybody's.</param>
/// <param name="Interface">Device to join on; null = the routing table's choice.</param>
public sealed record SourceUrl(MediaScheme Scheme, string Host, int Port, string? Sender, string? Interface)
{
    public const string Form = "a URL such as \"rtp://@:5004\", \"udp://239.1.2.3:5004?iface=eth0\", \"rtp://10.0.0.7@232.1.1.1:5004\" "
        + "or \"rtsp://user:password@camera/stream\", or \"publish\", or \"asset:NAME\"";

    private const string PublishWord = "publish";

    internal static readonly string[] Keys = ["iface", "from", "nack", "rtx"];

    /// <summary>Null (default) = the sender is not asked for lost packets.</summary>
    public SourceNack? Nack { get; init; }

    /// <summary>The literal address, <see cref="IPAddress.Any"/> for an empty host, or null for a name.</summary>
    public IPAddress? Address => HostPort.Literal(Host);

    /// <summary>Set for <see cref="MediaScheme.Rtsp"/>.</summary>
    public PullTarget? Pull { get; init; }

    /// <summary>Set for <see cref="MediaScheme.Asset"/>.</summary>
    public AssetSource? Asset { get; init; }

    /// <summary>It comes in sessions, one at a time, and says itself what they bring.</summary>
    public bool IsSession => Scheme is MediaScheme.Rtsp or MediaScheme.Publish or MediaScheme.Asset;

    /// <summary>It may bring several tracks.</summary>
    public bool HasTracks => Scheme is MediaScheme.Rtsp or MediaScheme.Publish;

    public bool IsMulticast => MediaUrl.IsMulticast(Address);

    /// <summary>A group joined for one source only: the kernel takes nobody else's packets.</summary>
    public bool IsSourceSpecific => IsMulticast && Sender is not null;

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    internal static string? Read(string text, out SourceUrl? source)
    {
        source = null;
        if (PullUrl.IsOne(text))
            return PullUrl.Read(text, out source);
        if (text == PublishWord)
        {
            source = new(MediaScheme.Publish, "", 0, null, null);
            return null;
        }
        if (AssetSource.IsOne(text))
            return AssetSource.Read(text, out source);
        if (MediaUrl.Read(text, out var url) is { } wrong)
            return wrong;
        if (HostPort.ReadHost(url.Before ?? "", out var sender) is { } bad)
            return bad;
        var address = HostPort.Literal(url.Host);
        var isMulticast = MediaUrl.IsMulticast(address);
        if (sender.Length > 0 && address is not null && !isMulticast)
            return $"{url.Host} is not a multicast group, so it cannot be joined for one source (write ?from={sender} instead)";
        string? device = null, from = sender.Length > 0 ? sender : null;
        foreach (var (key, value) in url.Query.Where(pair => !SourceNack.Keys.Contains(pair.Key)))
        {
            if (Apply(key, value, isMulticast, ref device, ref from) is { } mistake)
                return mistake;
        }
        if (SourceNack.Read(url, isMulticast, out var nack) is { } unusable)
            return unusable;
        if (from is not null && HostPort.Literal(from) is { } sending && address is not null && sending.AddressFamily != address.AddressFamily)
            return $"{from} and {HostPort.Bracketed(url.Host)} are of different address families";
        source = new(url.Scheme, url.Host, url.Port, from, device) { Nack = nack };
        return null;
    }

    private static string? Apply(string key, string value, bool isMulticast, ref string? device, ref string? from)
    {
        switch (key)
        {
            case "iface":
                device = value;
                return MediaUrl.IsInterfaceName(value) ? null : $"\"{ConfigNode.Shown(value)}\" is not an interface name";
            case "from" when isMulticast:
                return "a group's source stands before the @, as rtp://10.0.0.7@232.1.1.1:5004";
            case "from":
                if (HostPort.ReadHost(value, out var host) is { } wrong)
                    return wrong;
                from = host;
                return host.Length > 0 ? null : "from= has no address";
            default:
                return UnknownKey(key, Keys);
        }
    }

    internal static string UnknownKey(string key, string[] known) =>
        $"the query key \"{ConfigNode.Shown(key)}\" is unknown" +
        (Nearest.To(key, known) is { } near ? $" (did you mean \"{near}\"?)" : $" (known: {string.Join(", ", known)})");

    /// <summary>The URL in the form that <see cref="Read"/> takes, in one spelling for each meaning.</summary>
    public override string ToString()
    {
        if (IsSession)
            return Asset is not null ? Asset.ToString() : Pull is null ? PublishWord : PullUrl.Shown(this);
        var before = Host.Length == 0 || IsSourceSpecific ? $"{HostPort.Bracketed(IsSourceSpecific ? Sender! : "")}@" : "";
        var from = Sender is not null && !IsSourceSpecific && Address is not null ? $"from={HostPort.Bracketed(Sender)}" : null;
        if (Address is null && Sender is not null)
            before = HostPort.Bracketed(Sender) + "@";
        var query = string.Join('&', new[] { Interface is null ? null : $"iface={Interface}", from, Nack?.ToString() }.Where(q => q is not null));
        return $"{MediaUrl.Format(Scheme)}://{before}{HostPort.Bracketed(Host)}:{Port}{(query.Length > 0 ? "?" + query : "")}";
    }
}
