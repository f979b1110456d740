namespace Sluice.Control.Configuration;

/// <summary>What the channels of one document take, so that no two of them take the same and none feeds on itself.</summary>
internal sealed class ChannelPlaces(Section document)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (string Channel, SourceUrl Source, int Line)> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _outputs = new(StringComparer.OrdinalIgnoreCase);

    public bool TryTakeName(ConfigMember channel, out string other)
    {
        other = _names.GetValueOrDefault(channel.Key, channel.Key);
        return _names.TryAdd(channel.Key, channel.Key);
    }

    /// <returns>False, with the mistake noted, when the place is taken.</returns>
    public bool TakeSource(SourceUrl source, string channel, ConfigNode node)
    {
        if (source.Asset is not null && document.Find("assets") is null)
            return document.Wrong(node, "the channel plays a stored object, and there is no place for those", "\"assets\": { \"path\": … } in the document");
        // The same group may be joined on two devices (redundant networks), or for two senders.
        // Every channel may have a publisher, and a session with a server, of its own.
        var key = source.IsSession ? $"{source}|{channel}"
            : $"{HostPort.Bracketed(source.Host)}:{source.Port}|{source.Sender}|{source.Interface}";
        return _sources.TryAdd(key, (channel, source, node.Line))
            || document.Wrong(node, $"line {_sources[key].Line} takes the same packets", "every source once");
    }

    /// <inheritdoc cref="TakeSource"/>
    public bool TakeOutput(OutputConfig output, string channel, ConfigNode node)
    {
        var to = $"{HostPort.Bracketed(output.To.Host)}:{output.To.Port}";
        // The same group on two networks, or from two addresses, is two destinations.
        var key = $"{to}|{output.Interface}|{output.Source}";
        if (!_outputs.TryAdd(key, node.Line))
            return document.Wrong(node, $"line {_outputs[key]} sends to {to} already", "every destination once");
        // What a channel sends to where it listens comes back as input, and again, and again (RFC 3550 §8.2).
        // Another channel may well listen there: that is a chain.
        return !_sources.Values.Any(s => s.Channel == channel && !s.Source.IsSession && s.Source.Port == output.To.Port
                && string.Equals(s.Source.Host, output.To.Host, StringComparison.OrdinalIgnoreCase))
            || document.Wrong(node, $"the channel sends to {to}, where it listens, which makes a loop", "another address or port");
    }
}
