using System.Net;
using Sluice.Control.Assets;

namespace Sluice.Control.Configuration;

/// <summary>Stored objects: where they are, who may bring and watch them, and where they may be pulled from.</summary>
public sealed record AssetsConfig
{
    public const int TransfersMax = 64;
    public const long StallMinNs = 100_000_000, StallMaxNs = 600_000_000_000;
    public const long IncompleteMaxNs = 365L * 86_400 * 1_000_000_000;

    /// <summary>A segment, and something in it.</summary>
    public const long SizeMin = 32 << 20;

    /// <summary>Directory of the assets, made when it is missing; not the store's.</summary>
    public required string Path { get; init; }

    /// <summary>All assets together. Default 10 GiB.</summary>
    public long SizeBytes { get; init; } = 10L << 30;

    /// <summary>One asset's file. Default as all together.</summary>
    public long AssetSizeBytes { get; init; } = 10L << 30;

    /// <summary>How long one that is not whole waits for the rest. Default 24 h.</summary>
    public long IncompleteNs { get; init; } = 86_400_000_000_000;

    /// <summary>Uploads, pulls and recordings at one time; one more gets 503. Default 4.</summary>
    public int Transfers { get; init; } = 4;

    /// <summary>A server that sends nothing for so long is left and asked again. Default 15 s.</summary>
    public long StallNs { get; init; } = 15_000_000_000;

    /// <summary>Where assets may be pulled from; default nowhere.</summary>
    public UpstreamPolicy Hosts { get; init; } = UpstreamPolicy.Nowhere;

    /// <summary>The users that may watch; null (default) = anybody, empty = nobody.</summary>
    public IReadOnlyList<string>? Read { get; init; }

    /// <summary>The users that may upload, replace and delete on the public listener. Default nobody; the admin listener asks nobody.</summary>
    public IReadOnlyList<string> Publish { get; init; } = [];

    /// <summary>In words, for the summary of <c>sluice check</c>.</summary>
    public override string ToString() => $"{Path}, {Quantities.FormatSize(SizeBytes)}, each up to {Quantities.FormatSize(AssetSizeBytes)}; "
        + $"uploaded by {(Publish.Count == 0 ? "nobody but the admin listener" : string.Join(", ", Publish))}; pulled from {Hosts}; "
        + $"read by {(Read is null ? "anybody" : Read.Count == 0 ? "nobody" : string.Join(", ", Read))}";
}

internal static class AssetsBinder
{
    private const string HostsForm =
        "host names and networks such as [ \"media.example.net\", \"*.example.org\", \"10.0.0.0/8\" ], or \"*\" for all that is public";

    public static AssetsConfig? Bind(Section section, StoreConfig? store, IReadOnlyList<UserConfig> users)
    {
        var defaults = new AssetsConfig { Path = "" };
        var path = section.Text("path", "the directory of the assets");
        if (section.IsPresent && string.IsNullOrWhiteSpace(path))
            section.Require("path", "\"/var/lib/sluice-assets\" or another directory");
        else if (store is not null && path is not null && System.IO.Path.GetFullPath(path) == System.IO.Path.GetFullPath(store.Path))
            section.Wrong(section.Find("path")!, "the store of the channels is there", "a directory of its own");
        var size = section.Size("size", defaults.SizeBytes, AssetsConfig.SizeMin, 1L << 50);
        var config = new AssetsConfig
        {
            Path = path ?? "",
            SizeBytes = size,
            AssetSizeBytes = section.Size("assetSize", size, 1 << 20, size),
            IncompleteNs = section.Duration("incomplete", defaults.IncompleteNs, 1_000_000_000, AssetsConfig.IncompleteMaxNs),
            Transfers = section.Number("transfers", defaults.Transfers, 1, AssetsConfig.TransfersMax),
            StallNs = section.Duration("stall", defaults.StallNs, AssetsConfig.StallMinNs, AssetsConfig.StallMaxNs),
            Hosts = BindHosts(section),
            Read = UserBinder.BindList(section, "read", users),
            Publish = UserBinder.BindList(section, "publish", users) ?? [],
        };
        section.Close();
        return section.IsPresent ? config : null;
    }

    private static UpstreamPolicy BindHosts(Section section)
    {
        var (names, networks) = (new List<string>(), new List<IPNetwork>());
        foreach (var node in section.List("hosts", HostsForm))
        {
            var text = node.Kind == ConfigKind.String ? node.Text : "";
            if (IPNetwork.TryParse(text, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(text, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (UpstreamPolicy.IsHostPattern(text))
                names.Add(text.ToLowerInvariant());
            else
                section.Wrong(node, $"{node.Quoted} is neither a host nor a network", HostsForm);
        }
        return new UpstreamPolicy(names, networks);
    }
}
