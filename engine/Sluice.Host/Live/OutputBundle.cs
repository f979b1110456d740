using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// RTP outputs that carry tracks of one channel to one place: each another one, at one time, out by one way. They have one delay and one description, so that
/// a receiver of all plays picture and sound together. An output of its own is a bundle of one.
/// </summary>
/// <param name="Id">The first of its clients, which may have gone.</param>
/// <param name="Port">And its RTP port, which names the description as long as there is one.</param>
internal sealed record OutputBundle(ulong Id, ushort Port)
{
    /// <summary>A client of the bundle that an output belongs to; null when it is to have its own.</summary>
    /// <param name="wish">The output.</param>
    /// <param name="clients">All that there are.</param>
    public static LiveClient? Find(ClientWish wish, LiveClients clients)
    {
        // Most channels are one track: nothing to look for among ten thousand clients.
        if (wish.Channel.Tracks.Count == 1)
            return null;
        var to = DatagramAddress.From(wish.To);
        return clients.All.Where(client => client.Bundle is not null && client.Spec.Address.SameHost(to) && GoTogether(client, wish))
            .GroupBy(client => client.Bundle!)
            .Where(bundle => bundle.All(client => client.Track.Number != wish.Track))
            .MinBy(bundle => bundle.Key.Id)?.MinBy(client => client.Id);
    }

    // Their priority may differ: sound is often sent with more than the picture.
    private static bool GoTogether(LiveClient client, ClientWish wish) =>
        client.Channel == wish.Channel && client is { Loop: null, Output: { } own } && wish is { Loop: null, Output: { } other }
        && client.Spec.Kind == wish.Transport && wish.Transport == Flow.ClientKind.RtpOverUdp && own.OffsetNs == other.OffsetNs
        && own.Shaping == other.Shaping && client.Egress with { Dscp = 0 } == wish.Egress with { Dscp = 0 };
}
