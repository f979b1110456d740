namespace Sluice.Control.Configuration;

/// <summary>The document's top level.</summary>
internal static class EngineBinder
{
    /// <summary>The live window must fit into memory: a minute of a 20 Mbit/s stream is 150 MB.</summary>
    private const long DelayLimitMaxNs = 60_000_000_000;

    public static EngineConfig Bind(ConfigNode root, List<ConfigMistake> mistakes)
    {
        var defaults = new EngineConfig();
        var section = new Section(root, ConfigKeys.Root, mistakes);
        var limits = BindLimits(section.Sub("limits", ConfigKeys.Limits));
        var store = BindStore(section.Sub("store", ConfigKeys.Store));
        var users = UserBinder.Bind(section);
        var http = section.Sub("http", ConfigKeys.Http);
        var config = new EngineConfig
        {
            Rtsp = BindListener(section.Sub("rtsp", ConfigKeys.Listener), defaults.Rtsp),
            Rtsps = ListenerBinder.BindTls(section.Sub("rtsps", ConfigKeys.TlsListener)),
            Http = BindListener(http, defaults.Http),
            Streams = StreamBinder.Bind(http),
            Relay = RelayBinder.Bind(section.Sub("relay", ConfigKeys.Relay), limits.DelayNs, users),
            Admin = BindListener(section.Sub("admin", ConfigKeys.Listener), defaults.Admin),
            Store = store,
            Assets = AssetsBinder.Bind(section.Sub("assets", ConfigKeys.Assets), store, users),
            Threads = section.Word("threads", defaults.Threads,
                ("auto", ThreadLayout.Auto), ("dedicated", ThreadLayout.Dedicated), ("shared", ThreadLayout.Shared)),
            Profile = section.Word("profile", defaults.Profile,
                ("precise", IdleProfile.Precise), ("balanced", IdleProfile.Balanced), ("eco", IdleProfile.Eco)),
            Limits = limits,
            Auth = UserBinder.BindAuth(section.Sub("auth", ConfigKeys.Auth)),
            Users = users,
            Sap = SapBinder.Bind(section.Sub("sap", ConfigKeys.Sap)),
            Redirects = RedirectBinder.Bind(section),
            Channels = BindChannels(section, store, limits, users),
        };
        CheckListeners(section, config);
        KeepBinder.CheckSizes(section, store, config.Channels);
        http.Close();
        section.Close();
        return config;
    }

    private static ListenAddress? BindListener(Section section, ListenAddress? otherwise)
    {
        var text = section.Text("listen", ListenAddress.Form);
        if (text is null)
            return otherwise;
        if (text == "off")
            return null;
        if (ListenAddress.Read(text, out var address) is not { } wrong)
            return address;
        section.Wrong(section.Find("listen")!, wrong, ListenAddress.Form);
        return otherwise;
    }

    private static void CheckListeners(Section root, EngineConfig config)
    {
        (string Key, ListenAddress? At)[] all = [("rtsp", config.Rtsp), ("rtsps", config.Rtsps?.Listen), ("http", config.Http), ("admin", config.Admin)];
        if (Array.TrueForAll(all, l => l.At is null))
            root.Wrong(root.Find("rtsp")!, "every listener is off, so nobody could ask for anything", "at least one of rtsp, rtsps, http and admin");
        for (var i = 1; i < all.Length; i++)
        {
            var (key, at) = all[i];
            var taken = all.Take(i).FirstOrDefault(o => at is not null && at.Port != 0 && Equals(o.At, at)).Key;
            if (taken is not null && (root.Find(key) ?? root.Find(taken)) is { } node)
                root.Wrong(node, $"{key} listens on {at} as {taken} does", "an address and port of its own");
        }
    }

    private static StoreConfig? BindStore(Section section)
    {
        var defaults = new StoreConfig { Path = "" };
        var path = section.Text("path", "the directory of the store");
        if (section.IsPresent && string.IsNullOrWhiteSpace(path))
            section.Require("path", "\"/var/lib/sluice\" or another directory");
        var segment = section.Size("segment", defaults.SegmentBytes, StoreConfig.SegmentBytesMin, StoreConfig.SegmentBytesMax);
        var keep = KeepBinder.Bind(section);
        var size = section.Size("size", Math.Max(defaults.SizeBytes, 2 * segment), 2 * segment, 1L << 50);
        var loops = section.Size("loops", size / 4, 0, 1L << 50);
        section.Close();
        return section.IsPresent ? new() { Path = path ?? "", SizeBytes = size, LoopBytes = loops, SegmentBytes = segment, Keep = keep } : null;
    }

    private static LimitsConfig BindLimits(Section section)
    {
        var defaults = new LimitsConfig();
        var limits = new LimitsConfig
        {
            Clients = section.Number("clients", defaults.Clients, 1, 65536),
            RtspSessions = section.Number("rtspSessions", defaults.RtspSessions, 1, 65536),
            HttpViewers = section.Number("httpViewers", defaults.HttpViewers, 1, 65536),
            ConnectionsPerAddress = section.Number("connectionsPerAddress", defaults.ConnectionsPerAddress, 1, 65536),
            DelayNs = section.Duration("delay", defaults.DelayNs, 0, DelayLimitMaxNs),
            Replays = section.Number("replays", defaults.Replays, 0, 16_384),
        };
        section.Close();
        return limits;
    }

    private static List<ChannelConfig> BindChannels(Section root, StoreConfig? store, LimitsConfig limits, IReadOnlyList<UserConfig> users)
    {
        var channels = new List<ChannelConfig>();
        var node = root.Require("channels", "{ \"news\": { \"sources\": [ \"rtp://@:5004\" ] } }");
        if (node is null)
            return channels;
        if (node.Kind != ConfigKind.Object || node.Members.Count == 0)
            root.Wrong(node, node.Kind == ConfigKind.Object ? "there is no channel" : $"{node.Quoted} is not an object",
                "at least one channel, as \"news\": { \"sources\": [ \"rtp://@:5004\" ] }");
        var places = new ChannelPlaces(root);
        foreach (var member in node.Members)
        {
            var channel = ChannelBinder.Bind(member, store, limits, users, places, root.Mistakes);
            channels.Add(channel);
        }
        return channels;
    }
}
