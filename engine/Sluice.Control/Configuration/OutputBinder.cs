using System.Net;

namespace Sluice.Control.Configuration;

/// <summary>One output: a URL whose query may hold the options, or an object with the URL as <c>to</c>.</summary>
internal static class OutputBinder
{
    private const string Form = OutputUrl.Form + ", or an object with \"to\"";

    /// <summary>Receivers report every five seconds on average, up to 7.5 (RFC 3550 §6.3.1): two lost reports must not end anybody.</summary>
    private const long TimeoutMinNs = 20_000_000_000, TimeoutMaxNs = 86_400_000_000_000;

    /// <returns>Null when a mistake was noted.</returns>
    public static OutputConfig? Bind(ConfigNode node, long delayMaxNs, List<ConfigMistake> mistakes)
    {
        var before = mistakes.Count;
        var isText = node.Kind == ConfigKind.String;
        var section = new Section(isText ? null : node, ConfigKeys.Output, mistakes);
        var to = isText ? node : section.Require("to", OutputUrl.Form);
        OutputUrl? url = null;
        IReadOnlyList<KeyValuePair<string, string>> query = [];
        if (to is not null && (to.Kind == ConfigKind.String ? OutputUrl.Read(to.Text, out url, out query) : $"{to.Quoted} is not a text") is { } wrong)
            section.Wrong(to, wrong, isText ? Form : OutputUrl.Form);
        var options = new Section(WithQuery(node, to, query, section), ConfigKeys.Output, mistakes);
        var ttl = options.Number("ttl", url?.IsMulticast == true ? OutputConfig.MulticastTtlDefault : OutputConfig.UnicastTtlDefault, 1, 255);
        var device = options.Text("iface", "the name of a network interface");
        if (device is not null && !MediaUrl.IsInterfaceName(device))
            options.Wrong(options.Find("iface")!, $"\"{ConfigNode.Shown(device)}\" is not an interface name", "a name such as \"eth0\"");
        var delay = options.Find("delay") is { } d && options.TryDuration(d, 0, delayMaxNs, out var ns) ? ns : (long?)null;
        var dscp = options.Number("dscp", 0, 0, 63);
        var source = BindSource(options, url);
        var shaping = ShapingBinder.Bind(options);
        var timeout = options.Find("timeout") is { } t && options.TryDuration(t, TimeoutMinNs, TimeoutMaxNs, out var timeoutNs) ? timeoutNs : (long?)null;
        if (timeout is not null && url is { Scheme: MediaScheme.Udp })
            options.Wrong(options.Find("timeout")!, "a udp:// destination sends no reports that could stop", "an rtp:// destination, or no timeout");
        var start = BindStart(options, url, shaping);
        var offset = BindOffset(options, start, shaping);
        var loop = BindLoop(options, start, shaping, offset);
        var track = BindTrack(options, url, shaping, loop);
        return mistakes.Count > before || url is null ? null
            : new()
            {
                To = url, Ttl = ttl, Interface = device, Source = source, Dscp = dscp, DelayNs = delay, TimeoutNs = timeout, Start = start, Shaping = shaping,
                OffsetNs = offset, Loop = loop, Track = track,
            };
    }

    private static int BindTrack(Section options, OutputUrl? to, ShapingConfig? shaping, LoopConfig? loop)
    {
        var track = options.Number("track", 0, 0, ChannelConfig.TracksMax - 1);
        if (track == 0)
            return track;
        var node = options.Find("track")!;
        if (to is { Scheme: MediaScheme.Udp })
            options.Wrong(node, "udp:// carries MPEG-TS only, which comes alone", "an rtp:// destination, or no track");
        if (shaping is not null)
            options.Wrong(node, "tsPackets, nulls and cbr shape MPEG-TS, which comes alone", "an output without them, or no track");
        if (loop is not null)
            options.Wrong(node, "only the first track can be repeated", "no \"loop\" beside it, or no track");
        return track;
    }

    private static long BindOffset(Section options, StartMode start, ShapingConfig? shaping)
    {
        var node = options.Find("offset");
        if (node is null || !options.TryDuration(node, 0, OutputConfig.OffsetMaxNs, out var ns) || ns == 0)
            return 0;
        if (ns < OutputConfig.OffsetMinNs)
            options.Wrong(node, "the store is not read so near to now", "1s or more, or a \"delay\" instead");
        if (start == StartMode.Instant)
            options.Wrong(node, "what is offset begins where the offset says", "\"start\": \"live\", or no such key");
        if (shaping is not null)
            options.Wrong(node, "what is packed anew for an output is not kept", "no \"tsPackets\", \"nulls\" or \"cbr\" beside an offset");
        return ns;
    }

    private static LoopConfig? BindLoop(Section options, StartMode start, ShapingConfig? shaping, long offsetNs)
    {
        var loop = LoopBinder.Bind(options);
        if (loop is null)
            return null;
        if (start == StartMode.Instant)
            options.Wrong(options.Find("loop")!, "what is repeated begins at its own beginning", "\"start\": \"live\", or no such key");
        if (shaping is not null)
            options.Wrong(options.Find("loop")!, "what is packed anew for an output is not kept", "no \"tsPackets\", \"nulls\" or \"cbr\" beside a loop");
        if (offsetNs > 0)
            options.Wrong(options.Find("loop")!, "what is repeated is not offset", "one of \"loop\" and \"offset\"");
        return loop;
    }

    private static StartMode BindStart(Section options, OutputUrl? to, ShapingConfig? shaping)
    {
        var start = options.Word("start", StartMode.Live, StartBinder.Words);
        if (start == StartMode.Instant && to?.IsMulticast == true)
            options.Wrong(options.Find("start")!, "a group has no joining client to start for", "\"live\", or no such key");
        else if (start == StartMode.Instant && shaping is not null)
            options.Wrong(options.Find("start")!, "of what is packed anew for an output nothing is kept to start from", "\"live\", or no such key");
        return start;
    }

    private static IPAddress? BindSource(Section options, OutputUrl? to)
    {
        const string Form = "an address of this machine, of the destination's family, as \"10.0.0.2\" or \"2001:db8::2\"";
        var text = options.Text("source", Form);
        if (text is null)
            return null;
        var isAddress = HostPort.ReadHost(text.Contains(':') ? $"[{text}]" : text, out var host) is null && host.Length > 0;
        if (isAddress && HostPort.Literal(host) is { } address && !MediaUrl.IsMulticast(address)
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            && (to?.Address is null || to.Address.AddressFamily == address.AddressFamily))
            return address;
        options.Wrong(options.Find("source")!, $"\"{ConfigNode.Shown(text)}\" cannot be sent from", Form);
        return null;
    }

    // The query's values stand where the URL stands, so that a mistake in them points there.
    private static ConfigNode WithQuery(ConfigNode node, ConfigNode? to, IReadOnlyList<KeyValuePair<string, string>> query, Section section)
    {
        var merged = new ConfigNode(ConfigKind.Object, node.Line, node.Column, node.Path, "");
        if (node.Kind == ConfigKind.Object)
            merged.Members.AddRange(node.Members.Where(m => ConfigKeys.Output.Contains(m.Key)));
        foreach (var (key, text) in query)
        {
            var kind = key is "track" or "ttl" or "dscp" or "tsPackets" ? ConfigKind.Number : ConfigKind.String;
            var value = new ConfigNode(kind, to!.Line, to.Column, $"{node.Path}?{key}", text);
            if (merged.Members.Exists(m => m.Key == key))
                section.Wrong(value, $"\"{key}\" is in the URL and beside it", "it once");
            else
                merged.Members.Add(new(key, to.Line, to.Column, value));
        }
        return merged;
    }
}
