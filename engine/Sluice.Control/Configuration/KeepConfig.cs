using Sluice.Store;

namespace Sluice.Control.Configuration;

/// <summary>How a channel is kept.</summary>
public sealed record KeepConfig
{
    /// <summary>A window below holds hardly a picture; above there is no use but a leak of the past.</summary>
    public const long WindowMinNs = 1_000_000_000, WindowMaxNs = 10L * 365 * 86_400 * 1_000_000_000;

    /// <summary>Below, syncing is all that the disk does; above, it is no promise any more.</summary>
    public const long SyncMinNs = 10_000_000, SyncMaxNs = 60_000_000_000;

    /// <summary>Of this channel, reserved at start; null (default) = an equal share of what the other channels leave.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>How long packets are kept; 0 (default) = as long as there is room.</summary>
    public long WindowNs { get; init; }

    /// <summary>Default <see cref="AckLevel.Written"/>: within 20 ms what is kept survives a crash of the engine.</summary>
    public AckLevel Level { get; init; } = AckLevel.Written;

    /// <summary>With <see cref="AckLevel.Written"/>: how often it is put on the medium, and so what a power cut may cost. Default 1 s.</summary>
    public long SyncNs { get; init; } = 1_000_000_000;

    /// <summary>In words, for the summary of <c>sluice check</c>.</summary>
    public override string ToString()
    {
        var size = SizeBytes is { } bytes ? Quantities.FormatSize(bytes) : "its share";
        var window = WindowNs == 0 ? "as long as there is room" : $"for {Quantities.FormatDuration(WindowNs)}";
        var level = Level switch
        {
            AckLevel.Memory => "in memory first, never synced",
            AckLevel.Durable => "every batch synced",
            _ => SyncNs == 0 ? "written, never synced" : $"written, synced every {Quantities.FormatDuration(SyncNs)}",
        };
        return $"{size}, {window}; {level}";
    }
}

/// <summary>The keys <c>window</c>, <c>level</c> and <c>sync</c> of the store, and the same and <c>size</c> of a channel's <c>store</c>.</summary>
internal static class KeepBinder
{
    /// <summary>What holds for every channel that says nothing else.</summary>
    public static KeepConfig Bind(Section store) => Bind(store, new KeepConfig());

    /// <summary>Null = the channel is not kept.</summary>
    public static KeepConfig? BindChannel(Section channel, StoreConfig? store)
    {
        var node = channel.Find("store");
        if (node is null || node.Kind == ConfigKind.Boolean && node.Text == "false")
            return node is null ? store?.Keep : null;
        if (store is null)
        {
            channel.Wrong(node, "the channel is to be kept, and there is no store", "\"store\": { \"path\": … } in the document");
            return null;
        }
        if (node.Kind == ConfigKind.Boolean)
            return store.Keep;
        if (node.Kind != ConfigKind.Object)
        {
            channel.Wrong(node, $"{node.Quoted} says not how the channel is kept",
                "true, false, or { \"window\": \"2h\", \"size\": \"4GiB\", \"level\": \"written\" }");
            return store.Keep;
        }
        var section = channel.Sub("store", ConfigKeys.Keep);
        var size = section.Size("size", 0, 2 * StoreConfig.SegmentBytesMin, 1L << 50);
        var keep = Bind(section, store.Keep) with { SizeBytes = size == 0 ? null : size };
        section.Close();
        return keep;
    }

    /// <summary>What the channels want together must be there.</summary>
    public static void CheckSizes(Section root, StoreConfig? store, IReadOnlyList<ChannelConfig> channels)
    {
        if (store is null || root.Find("store") is not { } node)
            return;
        var named = channels.Sum(channel => (decimal)(channel.Store?.SizeBytes ?? 0));
        var sharing = channels.Count(channel => channel.Store is { SizeBytes: null });
        var wanted = named + sharing * 2m * StoreConfig.SegmentBytesMin;
        if (wanted > store.SizeBytes)
            root.Wrong(node,
                $"the channels want {Quantities.FormatSize((long)Math.Min(wanted, long.MaxValue))} of a store of {Quantities.FormatSize(store.SizeBytes)}",
                "a larger \"size\" of the store, or smaller ones of its channels (2MiB at least for each)");
    }

    private static KeepConfig Bind(Section section, KeepConfig defaults)
    {
        var level = section.Word("level", defaults.Level, ("memory", AckLevel.Memory), ("written", AckLevel.Written), ("durable", AckLevel.Durable));
        var window = section.Find("window") is { } node && !(node is { Kind: ConfigKind.String, Text: "0" } or { Kind: ConfigKind.Number, Text: "0" })
            ? section.Duration("window", defaults.WindowNs, KeepConfig.WindowMinNs, KeepConfig.WindowMaxNs)
            : section.Find("window") is null ? defaults.WindowNs : 0;
        var sync = section.Duration("sync", defaults.SyncNs, 0, KeepConfig.SyncMaxNs);
        if (section.Find("sync") is { } syncNode)
        {
            if (level != AckLevel.Written)
                section.Wrong(syncNode, "an interval of syncs has a meaning only with level \"written\"", "no such key here, or \"level\": \"written\"");
            else if (sync is > 0 and < KeepConfig.SyncMinNs)
                section.Wrong(syncNode, $"{syncNode.Quoted} is out of range", "0 (never), or a duration from 10ms to 60s");
        }
        return defaults with { Level = level, WindowNs = window, SyncNs = sync };
    }
}
