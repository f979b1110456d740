using Sluice.Control.Configuration;
using Sluice.Control.Offsets;

namespace Sluice.Host.Live;

/// <summary>
/// The offsets of configured outputs while the engine runs: what the content provider says moves an output in time where the channel lets him. What he
/// said stays when he goes, until he says something else. Any control thread; takes a lock.
/// </summary>
internal sealed class LiveOffsets(LiveEngine engine, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LiveChannel, IReadOnlyList<OutputOffset>> _chosen = [];

    /// <summary>Of a channel's configured outputs, in their order.</summary>
    public IReadOnlyList<OutputOffset> Of(LiveChannel channel)
    {
        lock (_lock)
            return Chosen(channel);
    }

    /// <summary>What the provider says now. Null, or what of it cannot be followed.</summary>
    public string? Set(LiveChannel channel, IReadOnlyList<ProviderOffset> said)
    {
        lock (_lock)
        {
            var (before, config) = (Chosen(channel), channel.Config);
            var chosen = OffsetChoice.Choose(config.Outputs, said, config.Offsets, config.Store?.WindowNs ?? 0, out var wrong).ToArray();
            for (var i = 0; i < chosen.Length; i++)
            {
                var (fromNs, toNs) = (before[i].OffsetNs, chosen[i].OffsetNs);
                if (fromNs == toNs || WhyNotMoved(channel, config.Outputs[i], fromNs, toNs) is not { } reason)
                    continue;
                wrong ??= $"{chosen[i].Output}: {reason}";
                chosen[i] = chosen[i] with { OffsetNs = fromNs };
            }
            _chosen[channel] = chosen;
            var holds = string.Join(", ", chosen.Select(one => $"{one.Output} {Quantities.FormatDuration(one.OffsetNs)}"));
            log.OffsetsSaid(channel.Name, said.Count, holds, wrong ?? "all followed");
            return wrong;
        }
    }

    private IReadOnlyList<OutputOffset> Chosen(LiveChannel channel) => _chosen.GetValueOrDefault(channel)
        ?? OffsetChoice.Choose(channel.Config.Outputs, [], channel.Config.Offsets, 0, out _);

    // Its destination can have one client only, so the old one goes first; it comes back when the new one cannot be had.
    private string? WhyNotMoved(LiveChannel channel, OutputConfig output, long fromNs, long toNs)
    {
        if (output.Shaping is not null)
            return "what is packed anew for an output is not kept";
        var client = engine.Clients.All.FirstOrDefault(one => one.Channel == channel && one.Output is { } own
            && own.To == output.To && own.Interface == output.Interface && Equals(own.Source, output.Source));
        if (client is null)
            return "the output was ended";
        engine.Clients.Remove(client.Id);
        var added = engine.AddOutput(channel.Name, output with { OffsetNs = toNs });
        if (added.IsAdded)
            return null;
        var back = engine.AddOutput(channel.Name, output with { OffsetNs = fromNs });
        return back.IsAdded ? added.Reason : $"{added.Reason}; and it cannot be sent as before either: {back.Reason}";
    }
}
