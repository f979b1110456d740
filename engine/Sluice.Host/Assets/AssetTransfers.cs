using System.Globalization;
using Sluice.Control.Assets;
using Sluice.Host.Web;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>Begins pulls and recordings: by order, and again at every start those that were not ended.</summary>
/// <param name="desk">The assets.</param>
/// <param name="storeOf">A channel's store; throws nothing: (the channel's tracks, null when there is no such channel; its store when it is kept).</param>
internal sealed class AssetTransfers(AssetDesk desk, Func<string, (int? Tracks, ChannelStore? Store)> storeOf) : IDisposable
{
    private readonly UpstreamClient _client = new(desk.Config.Hosts);

    public void Dispose() => _client.Dispose();

    /// <summary>Null when it has begun; else why not.</summary>
    public Task<AssetProblem?> OrderAsync(string name, AssetOrder order, CancellationToken stop) =>
        order.Url is not null == order.Channel is not null
            ? Task.FromResult<AssetProblem?>(new(400, "The order is not understood",
                "Give \"url\" to pull an object, or \"channel\", \"from\" and \"to\" to record."))
            : order.Url is { } url ? PullAsync(name, url, order, stop) : RecordAsync(name, order);

    /// <summary>Goes on with what an earlier run did not end.</summary>
    public void Resume()
    {
        foreach (var asset in desk.Library.All)
            if (asset is { State: AssetState.Incomplete, IsBusy: false, Meta: { Problem: null, Origin: not AssetOrigin.Upload } })
                desk.Run(() => ResumeAsync(asset));
    }

    private async Task ResumeAsync(Asset asset)
    {
        if (await BeginAsync(asset.Meta) is { } problem)
            desk.Log.TransferEnded(asset.Name, problem.Detail);
    }

    private async Task<AssetProblem?> PullAsync(string name, string text, AssetOrder order, CancellationToken stop)
    {
        if (desk.Config.Hosts.IsNowhere)
            return new(403, "Nothing is pulled", "The configuration names no \"hosts\" under \"assets\".");
        if (desk.Config.Hosts.Refusal(text, out var url) is { } refusal || (refusal = await _client.RefusalAsync(url!, stop)) is not null)
            return new(403, "Not pulled from there", $"{refusal}.");
        if (!UploadRequest.TryReadDigest(order.Digest, out var sha256) || (order.Digest is not null && sha256 is null))
            return new(400, "The digest is not understood", "It has the form sha-256=:BASE64:.");
        if (FlowQuery.Read(order.Port, order.Ssrc, order.Rtpmap, out var flow) is { } wrong)
            return new(400, "The stream is not understood", wrong);
        return await BeginAsync(new AssetMeta
        {
            Name = name,
            Origin = AssetOrigin.Pull,
            Source = url!.AbsoluteUri,
            Created = SystemClock.WallNow.ToDateTimeOffset(),
            WishedSha256 = sha256 is null ? null : Convert.ToBase64String(sha256),
            Flow = flow,
        });
    }

    private async Task<AssetProblem?> RecordAsync(string name, AssetOrder order)
    {
        var nowNs = SystemClock.WallNow.UnixNs;
        if (!AssetTime.TryParse(order.From ?? "now", nowNs, out var fromNs) || !AssetTime.TryParse(order.To ?? "", nowNs, out var toNs))
            return new(400, "The time is not understood", $"\"from\" (otherwise now) and \"to\" are each {AssetTime.Form}.");
        if (toNs <= fromNs)
            return new(400, "The time is empty", "\"to\" must come after \"from\".");
        return await BeginAsync(new AssetMeta
        {
            Name = name,
            Origin = AssetOrigin.Recording,
            Source = order.Channel!,
            Created = new WallTime(nowNs).ToDateTimeOffset(),
            FromNs = fromNs,
            ToNs = toNs,
        });
    }

    private async Task<AssetProblem?> BeginAsync(AssetMeta wish)
    {
        var (tracks, channel) = wish.Origin == AssetOrigin.Recording ? storeOf(wish.Source) : (1, null);
        if (tracks is null)
            return new(404, "Unknown channel", $"There is no channel \"{LogText.OneLine(wish.Source)}\".");
        if (wish.Origin == AssetOrigin.Recording && channel is null)
            return new(409, "The channel is not kept", "Only what is in the store can be recorded: give the channel \"store\": true.");
        if (wish.Origin == AssetOrigin.Recording && tracks > 1)
            return new(409, "The channel has several tracks",
                $"An object holds one stream, and the channel has {tracks} tracks: only MPEG-TS is recorded whole.");
        if (desk.Library.TryFind(wish.Name) is { State: AssetState.Incomplete } there && (there.Meta.Origin, there.Meta.Source) != (wish.Origin, wish.Source))
            return new(409, "The asset is there already", "It is not whole, and comes from elsewhere: DELETE it first.");
        var (work, problem) = await desk.BeginAsync(wish, isNew: false);
        if (work is null)
            return problem;
        desk.Run(() => channel is null ? new AssetPull(desk, _client, work).RunAsync() : new AssetRecorder(desk, channel, work).RunAsync());
        return null;
    }
}
