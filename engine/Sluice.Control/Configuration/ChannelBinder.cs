using Sluice.Control.Offsets;

namespace Sluice.Control.Configuration;

/// <summary>One channel of the document.</summary>
internal static class ChannelBinder
{
    private const long BufferMaxNs = 5_000_000_000, ReorderMaxNs = 2_000_000_000, QuantumMaxNs = 1_000_000_000;
    private const string NameForm = "1 to 64 letters, digits, dots, underscores or hyphens";

    public static ChannelConfig Bind(ConfigMember member, StoreConfig? store, LimitsConfig limits, IReadOnlyList<UserConfig> users,
        ChannelPlaces places, List<ConfigMistake> mistakes)
    {
        CheckName(member, places, mistakes);
        var section = new Section(member.Value, ConfigKeys.Channel, mistakes);
        var pace = section.Word("pace", PaceMode.Arrival,
            ("arrival", PaceMode.Arrival), ("rtp", PaceMode.Rtp), ("pcr", PaceMode.Pcr));
        var sources = BindSources(section, member.Key, places);
        var tracks = section.Number("tracks", sources.Exists(s => s.HasTracks) ? 2 : 1, 1, ChannelConfig.TracksMax);
        var channel = new ChannelConfig
        {
            Name = member.Key,
            Sources = sources,
            Tracks = tracks,
            Media = MediaBinder.Bind(section.Sub("media", ConfigKeys.Media)),
            Delay = DelayBinder.Bind(section, limits.DelayNs),
            QuantumNs = BindQuantum(section),
            Pace = pace,
            BufferNs = BindBuffer(section, pace),
            ReorderNs = section.Duration("reorder", 50_000_000, 0, ReorderMaxNs),
            Start = StartBinder.Bind(section),
            Store = KeepBinder.BindChannel(section, store),
            Retransmit = RetransmitBinder.Bind(section.Sub("retransmit", ConfigKeys.Retransmit)),
            Sap = SapBinder.BindChannel(section.Sub("sap", ConfigKeys.ChannelSap)),
            Slow = StreamBinder.BindSlow(section),
            Outputs = BindOutputs(section, member.Key, tracks, limits.DelayNs, places),
            Offsets = section.Word("offsets", OffsetAuthority.Config, ("config", OffsetAuthority.Config), ("provider", OffsetAuthority.Provider)),
            Read = UserBinder.BindList(section, "read", users),
            Publish = UserBinder.BindList(section, "publish", users),
        };
        CheckTogether(section, channel);
        section.Close();
        return channel;
    }

    public static bool IsName(string name) => name.Length is > 0 and <= ChannelConfig.NameLengthMax
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static void CheckName(ConfigMember member, ChannelPlaces places, List<ConfigMistake> mistakes)
    {
        var shown = ConfigNode.Shown(member.Key);
        if (!IsName(member.Key))
            mistakes.Add(new(member.Line, member.Column, member.Value.Path, $"\"{shown}\" is not a channel name", NameForm));
        else if (!places.TryTakeName(member, out var other))
            mistakes.Add(new(member.Line, member.Column, member.Value.Path,
                $"the channel \"{shown}\" differs from \"{other}\" only in case", "a name of its own (players lower-case URLs)"));
    }

    private static List<SourceUrl> BindSources(Section section, string channel, ChannelPlaces places)
    {
        var sources = new List<SourceUrl>();
        var list = section.Require("sources", "[ \"rtp://@:5004\" ]");
        if (list is null)
            return sources;
        foreach (var node in section.List("sources", "an array of source URLs"))
        {
            SourceUrl? source = null;
            var wrong = node.Kind == ConfigKind.String ? SourceUrl.Read(node.Text, out source) : $"{node.Quoted} is not a text";
            if (wrong is not null)
                section.Wrong(node, wrong, SourceUrl.Form);
            else if (places.TakeSource(source!, channel, node))
                sources.Add(source!);
        }
        if (sources.Count > 1 && sources.Exists(s => s.Asset is not null))
            section.Wrong(list, "a stored object is never silent, so nothing beside it would ever be heard", "it alone, or no \"asset:\" source");
        if (list is { Kind: ConfigKind.Array, Items.Count: 0 or > ChannelConfig.SourcesMax })
            section.Wrong(list, $"{list.Items.Count} sources", $"1 to {ChannelConfig.SourcesMax} source URLs");
        return sources;
    }

    private static long? BindQuantum(Section section)
    {
        var node = section.Find("quantum");
        if (node is null or { Kind: ConfigKind.String, Text: "auto" })
            return null;
        return section.TryDuration(node, 0, QuantumMaxNs, out var ns) ? ns : null;
    }

    private static long BindBuffer(Section section, PaceMode pace)
    {
        var buffer = section.Duration("buffer", 200_000_000, 1_000_000, BufferMaxNs);
        if (section.Find("buffer") is { } node && pace == PaceMode.Arrival)
            section.Wrong(node, "a buffer has a meaning only when a media clock paces", "\"pace\": \"rtp\" or \"pcr\" beside it");
        return buffer;
    }

    private static List<OutputConfig> BindOutputs(Section section, string channel, int tracks, long delayMaxNs, ChannelPlaces places)
    {
        var outputs = new List<OutputConfig>();
        foreach (var node in section.List("outputs", "an array of output URLs or objects"))
        {
            if (OutputBinder.Bind(node, delayMaxNs, section.Mistakes) is not { } output)
                continue;
            if (output.Track >= tracks)
                section.Wrong(node.Members.Find(m => m.Key == "track")?.Value ?? node, ChannelConfig.NoTrack(output.Track, tracks), ChannelConfig.TrackForm);
            if (places.TakeOutput(output, channel, node))
                outputs.Add(output);
        }
        return outputs;
    }

    private static void CheckOffsets(Section section, ChannelConfig channel)
    {
        if (channel.Offsets == OffsetAuthority.Provider && channel.Store is null)
            section.Wrong(section.Find("offsets")!, "the content provider may set offsets, and the channel is not kept",
                "a \"store\" in the document, or \"config\"");
        if (channel is { Offsets: OffsetAuthority.Provider, Publish: null } && channel.Sources.Any(s => s.Scheme == MediaScheme.Publish))
            section.Wrong(section.Find("offsets")!, "whoever publishes may move the channel's outputs in time, and anybody may publish",
                "a \"publish\" list of users, or \"config\"");
        var furthestNs = channel.Outputs.Select(output => output.OffsetNs).DefaultIfEmpty().Max();
        if (furthestNs > 0 && channel.Store is null)
            section.Wrong(section.Find("outputs")!, "an output is offset in time, and the channel is not kept",
                "a \"store\" in the document, or no \"offset\"");
        else if (channel.Store is { WindowNs: > 0 and var windowNs } && furthestNs >= windowNs)
            section.Wrong(section.Find("outputs")!,
                $"an output is {Quantities.FormatDuration(furthestNs)} behind, and the channel is kept for {Quantities.FormatDuration(windowNs)}",
                "a longer \"window\" of its \"store\", or a smaller \"offset\"");
    }

    private static void CheckLoops(Section section, ChannelConfig channel)
    {
        var loops = channel.Outputs.Select(output => output.Loop).OfType<LoopConfig>().ToList();
        var furthestNs = loops.Select(loop => loop.From.IsBeforeNow ? loop.From.Ns : 0).DefaultIfEmpty().Max();
        if (loops.Count > 0 && channel.Store is null)
            section.Wrong(section.Find("outputs")!, "an output repeats what is kept, and the channel is not kept",
                "a \"store\" in the document, or no \"loop\"");
        else if (loops.Exists(loop => loop.From == LoopTime.Beginning))
            section.Wrong(section.Find("outputs")!, "an output repeats all that is kept, which is nothing when the engine is new",
                $"a \"from\" of its \"loop\": {LoopTime.Form}");
        else if (channel.Store is { WindowNs: > 0 and var windowNs } && furthestNs >= windowNs)
            section.Wrong(section.Find("outputs")!,
                $"an output repeats the last {Quantities.FormatDuration(furthestNs)}, and the channel is kept for {Quantities.FormatDuration(windowNs)}",
                "a longer \"window\" of its \"store\", or a shorter \"loop\"");
    }

    private static void CheckTogether(Section section, ChannelConfig channel)
    {
        if (channel.Start.Mode == StartMode.Live && channel.Outputs.Any(o => o.Start == StartMode.Instant))
            section.Wrong(section.Find("start")!, "an output of the channel is to start instantly, and the channel keeps nothing for that",
                "\"start\": \"instant\" for the channel, or no such key at the output");
        CheckOffsets(section, channel);
        CheckLoops(section, channel);
        var hasRaw = channel.Sources.Any(s => s.Scheme == MediaScheme.Udp);
        if (channel.ReorderNs < SourceNack.WindowMinNs && channel.Sources.Any(s => s.Nack is not null))
            section.Wrong(section.Find("reorder")!, "a lost packet is to be asked for, and nobody waits for it",
                $"at least {Quantities.FormatDuration(SourceNack.WindowMinNs)}: some round trips to the sender");
        if (channel.Pace == PaceMode.Rtp && hasRaw)
            section.Wrong(section.Find("pace")!, "a udp:// source has no RTP timestamps", "\"arrival\" or \"pcr\"");
        if (channel.Tracks > 1 && channel.Sources.Count > 0 && !channel.Sources.Any(s => s.HasTracks) && section.Find("tracks") is { } tracks)
            section.Wrong(tracks, "no source of the channel brings more than one track", "an rtsp:// source or \"publish\" beside it, or no such key");
        // Over HTTP publishers also say offsets, of a channel that comes in elsewhere.
        if (channel is { Publish.Count: > 0, Offsets: OffsetAuthority.Config } && !channel.Sources.Any(s => s.Scheme == MediaScheme.Publish))
            section.Wrong(section.Find("publish")!, "users may publish into the channel, and no source of it takes what they publish",
                "\"publish\" among its \"sources\", or no such key");
        if (channel.Media is null)
            return;
        if (channel.Sources.Count > 0 && channel.Sources.All(s => s.IsSession))
            section.Wrong(section.Find("media")!, "the source itself says what it brings", "media for rtp:// sources only");
        if (channel.Pace == PaceMode.Pcr)
            section.Wrong(section.Find("pace")!, "only MPEG-TS has a PCR, and media says the packets are something else", "\"arrival\" or \"rtp\"");
        if (channel.Outputs.Any(o => o.Shaping is not null))
            section.Wrong(section.Find("outputs")!, "tsPackets, nulls and cbr shape MPEG-TS, and media says the packets are something else",
                "outputs without them");
        if (hasRaw || channel.Outputs.Any(o => o.To.Scheme == MediaScheme.Udp))
            section.Wrong(section.Find("media")!, "udp:// carries MPEG-TS only", "rtp:// sources and outputs where media is given");
    }
}
