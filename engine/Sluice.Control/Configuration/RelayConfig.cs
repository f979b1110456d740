using System.Net;

namespace Sluice.Control.Configuration;

/// <summary>Groups that are relayed over HTTP to whoever asks: <c>/udp/…</c> and <c>/rtp/…</c>. Off unless configured.</summary>
public sealed record RelayConfig
{
    public const int SlotsMax = 256;
    public const long LingerMaxNs = 60_000_000_000;

    /// <summary>Networks of the groups that may be asked for; at least one.</summary>
    public required IReadOnlyList<IPNetwork> Groups { get; init; }

    /// <summary>Device to join on; null (default) = the routing table's choice.</summary>
    public string? Interface { get; init; }

    /// <summary>Further devices that <c>?iface=</c> may name. Default none.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Groups at one time; one more gets 503. Default 16; 1 to 256. Memory is taken for each at start.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>How long a group stays joined when its last viewer has gone: channels are changed to and fro. Default 2 s; up to 60 s.</summary>
    public long LingerNs { get; init; } = 2_000_000_000;

    public DelayConfig Delay { get; init; } = new();

    /// <summary>The users that may watch; null (default) = anybody who reaches the listener.</summary>
    public IReadOnlyList<string>? Read { get; init; }
}

internal static class RelayBinder
{
    private const string GroupsForm = "an array of networks of groups such as [ \"239.0.0.0/8\", \"232.0.0.0/8\" ]";

    public static RelayConfig? Bind(Section section, long delayMaxNs, IReadOnlyList<UserConfig> users)
    {
        var defaults = new RelayConfig { Groups = [] };
        var device = section.Text("iface", "the name of a network interface");
        if (device is not null)
            CheckDevice(section, section.Find("iface")!, device);
        var config = new RelayConfig
        {
            Groups = BindGroups(section),
            Interface = device,
            Interfaces = BindInterfaces(section),
            Slots = section.Number("slots", defaults.Slots, 1, RelayConfig.SlotsMax),
            LingerNs = section.Duration("linger", defaults.LingerNs, 0, RelayConfig.LingerMaxNs),
            Delay = DelayBinder.Bind(section, delayMaxNs),
            Read = UserBinder.BindList(section, "read", users),
        };
        section.Close();
        return section.IsPresent ? config : null;
    }

    private static List<IPNetwork> BindGroups(Section section)
    {
        var groups = new List<IPNetwork>();
        var list = section.Require("groups", "[ \"239.0.0.0/8\" ]");
        foreach (var node in section.List("groups", GroupsForm))
        {
            if (node.Kind != ConfigKind.String || !IPNetwork.TryParse(node.Text, out var network))
                section.Wrong(node, $"{node.Quoted} is not a network", "an address and a prefix length such as \"239.0.0.0/8\"");
            else if (!MediaUrl.IsMulticast(network.BaseAddress) || network.PrefixLength < (network.BaseAddress.IsIPv6Multicast ? 8 : 4))
                section.Wrong(node, $"{node.Quoted} has addresses that are no groups", "a network within 224.0.0.0/4 or ff00::/8");
            else
                groups.Add(network);
        }
        if (list is { Kind: ConfigKind.Array, Items.Count: 0 })
            section.Wrong(list, "no group may be asked for", GroupsForm);
        return groups;
    }

    private static List<string> BindInterfaces(Section section)
    {
        var devices = new List<string>();
        foreach (var node in section.List("ifaces", "an array of interface names"))
        {
            if (node.Kind != ConfigKind.String)
                section.Wrong(node, $"{node.Quoted} is not a text", "a name such as \"eth0\"");
            else if (CheckDevice(section, node, node.Text))
                devices.Add(node.Text);
        }
        return devices;
    }

    private static bool CheckDevice(Section section, ConfigNode node, string device) => MediaUrl.IsInterfaceName(device)
        || section.Wrong(node, $"\"{ConfigNode.Shown(device)}\" is not an interface name", "a name such as \"eth0\"");
}
