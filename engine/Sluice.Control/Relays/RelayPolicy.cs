using Sluice.Control.Configuration;

namespace Sluice.Control.Relays;

/// <summary>Which groups may be asked for. Whoever reaches the listener can make this machine join what is allowed here, and nothing else.</summary>
public static class RelayPolicy
{
    /// <returns>Null when the group may be relayed; otherwise one sentence why not.</returns>
    public static string? Refusal(RelayConfig config, RelayRequest request)
    {
        if (!MediaUrl.IsMulticast(request.Group))
            return $"{request.Group} is not a multicast group";
        if (!config.Groups.Any(network => network.Contains(request.Group)))
            return $"the group {request.Group} is not among those that this server relays";
        if (request.Interface is { } device && device != config.Interface && !config.Interfaces.Contains(device))
            return "this server does not relay from that interface";
        return null;
    }
}
