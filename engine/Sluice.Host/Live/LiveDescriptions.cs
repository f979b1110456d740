using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Sluice.Control.Announce;
using Sluice.Control.Rtsp;
using Sluice.Host.Running;
using Sluice.Linux;
using Sluice.Wire.Sdp;

namespace Sluice.Host.Live;

/// <summary>The session descriptions of a channel and of its outputs: for .sdp files and for SAP. Any control thread.</summary>
internal sealed class LiveDescriptions(LiveEngine engine)
{
    // What is behind a plus sign names a commit, and a version that changes by itself would be another description.
    private readonly OutputDescriptions _known = new($"sluice {HostRun.Version.Split('+')[0]}");

    /// <summary>
    /// What a player needs that opens a file: one output, or without a name the channel's first multicast RTP output, or else what
    /// DESCRIBE says. Null when there is no such output or the stream is not known yet.
    /// </summary>
    public string? Of(LiveChannel channel, string? output)
    {
        var clients = engine.Clients.All.Where(client => client.Channel == channel && IsDescribable(client)).OrderBy(client => client.Id);
        var client = output is null ? clients.FirstOrDefault(IsAnnounceable) : clients.FirstOrDefault(client => IsNamed(client, output));
        if (client is not null)
            return TryDescribe(client, out var session, out _) ? Text(session) : null;
        return output is null && channel.Tracks[0].IsPresent ? Text(ChannelSdp.ForRtsp(channel.Description, isIpv6: false)) : null;
    }

    /// <summary>
    /// The description of an output's bundle, and the address that its packets come from; false while there is no route to it, and while the source has
    /// described none of its tracks.
    /// </summary>
    public bool TryDescribe(LiveClient client, [NotNullWhen(true)] out SdpSession? session, [NotNullWhen(true)] out IPAddress? from)
    {
        session = null;
        var to = client.Spec.Address;
        LiveClient[] bundle = [.. engine.Clients.All.Where(one => one.Bundle == client.Bundle && one.Track.IsPresent).OrderBy(one => one.Track.Number)];
        if (!LiveSockets.TryFindSource(client.Egress, to, out from, out _) || bundle.Length == 0)
            return false;
        var name = client.Channel.Config.Sap.Name ?? client.Channel.Name;
        var destination = new SdpDestination(to.ToIPAddress(), client.Bundle!.Port, from, (byte)client.Output!.Ttl)
        {
            TrackPorts = [.. bundle.Select(one => one.Spec.Address.Port)],
        };
        var tracks = new ChannelDescription(name, [.. bundle.Select(one => one.Track.Media)]);
        session = _known.Of(client.Bundle.Id, tracks, destination, SystemClock.WallNow.UnixNs / 1_000_000_000);
        return true;
    }

    /// <summary>An RTP output that was configured or added by the API. Raw MPEG-TS has no description that players agree on.</summary>
    public static bool IsDescribable(LiveClient client) => client is { Output: not null, Spec.Kind: Flow.ClientKind.RtpOverUdp };

    public static bool IsAnnounceable(LiveClient client) => IsDescribable(client) && client.Spec.Address.IsMulticast;

    /// <summary>Forgets the outputs that have gone.</summary>
    public void KeepOnlyPresent()
    {
        if (_known.Count > 0)
            _known.KeepOnly(engine.Clients.All.Where(IsDescribable).Select(client => client.Bundle!.Id).ToHashSet());
    }

    // By its client id, by its address, or by its URL as configured.
    private static bool IsNamed(LiveClient client, string output)
    {
        var url = output.Split('?')[0];
        return output == client.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)
            || url.Equals(client.Address, StringComparison.OrdinalIgnoreCase)
            || url.Equals(client.Output!.To.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static string Text(SdpSession session) => Encoding.UTF8.GetString(SdpWriter.ToBytes(session));
}
