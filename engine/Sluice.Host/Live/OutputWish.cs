using System.Net;
using Sluice.Control.Configuration;

namespace Sluice.Host.Live;

/// <summary>A configured or posted output as the client that it becomes.</summary>
internal static class OutputWish
{
    /// <param name="channel">Its channel.</param>
    /// <param name="output">As it was asked for.</param>
    /// <param name="offset">The feed that it gets when it is to be offset in time.</param>
    public static ClientWish Make(LiveChannel channel, OutputConfig output, OffsetFeed? offset = null)
    {
        var address = LiveSockets.Resolve(output.To.Host);
        var isGroup = MediaAddress.IsMulticast(address);
        var isRaw = output.To.Scheme == MediaScheme.Udp;
        var isIPv6 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return new ClientWish
        {
            Channel = channel,
            Track = output.Track,
            Kind = isGroup ? Control.Status.ClientKind.Multicast : isRaw ? Control.Status.ClientKind.Udp : Control.Status.ClientKind.Rtp,
            Transport = isRaw ? Flow.ClientKind.RawOverUdp : Flow.ClientKind.RtpOverUdp,
            To = new IPEndPoint(address, output.To.Port),
            Egress = new EgressKey(isIPv6, output.Interface, output.Ttl > 0 ? output.Ttl : null, output.Dscp, output.Source,
                ForHosts: !isGroup && output.Interface is not null),
            Feed = offset?.Ticket.Feed ?? channel.FeedOf(output),
            DelayNs = output.DelayNs,
            Output = output,
            TimeoutNs = output.TimeoutNs,
            StartsInstantly = output.Start == StartMode.Instant,
        };
    }
}
