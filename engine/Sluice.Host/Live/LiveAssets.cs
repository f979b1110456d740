using System.Runtime.CompilerServices;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Host.Assets;
using Sluice.Store;

namespace Sluice.Host.Live;

/// <summary>Stored objects as the engine plays them: each is a channel of its own that is always in the past. Any control thread.</summary>
internal sealed class LiveAssets(LiveEngine engine, AssetLibrary library)
{
    private readonly ConditionalWeakTable<Asset, LiveChannel> _channels = [];

    /// <summary>By the name "assets/NAME", in any case of letters; null when there is none, or nothing of it to play yet.</summary>
    public LiveChannel? Find(string name)
    {
        if (!name.StartsWith(AccessQuestion.AssetPrefix, StringComparison.OrdinalIgnoreCase) || engine.Core.Replays.Capacity == 0)
            return null;
        return library.TryFind(name[AccessQuestion.AssetPrefix.Length..]) is { DurationNs: > 0, Media: { } media } asset
            ? _channels.GetValue(asset, one => Make(one, media)) : null;
    }

    /// <summary>It is going: who plays it hears goodbye.</summary>
    public void End(Asset asset)
    {
        foreach (var client in engine.Clients.All.Where(client => client.Channel.Asset == asset))
            engine.RemoveClient(client.Id);
    }

    // It has no feed of its own: every client gets a replay's. The number is the first of those, which no channel and no source has.
    private LiveChannel Make(Asset asset, StoredMedia media)
    {
        var config = new ChannelConfig
        {
            Name = AccessQuestion.AssetPrefix + asset.Name,
            Sources = [],
            Media = media.Encoding == StoredMedia.MpegTs.Encoding && media.PayloadType == StoredMedia.MpegTs.PayloadType ? null
                : new MediaConfig { PayloadType = media.PayloadType, Encoding = media.Encoding, ClockRate = (int)media.ClockRate },
            Delay = new DelayConfig(),
            Read = engine.Config.Assets?.Read,
        };
        var spare = engine.Core.Plan.Feeds.Count;
        return new LiveChannel(config, spare, spare, 0, PlanMaker.QuantumNs(engine.Config, config)) { Asset = asset };
    }
}
