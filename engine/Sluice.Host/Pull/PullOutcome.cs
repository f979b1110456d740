namespace Sluice.Host.Pull;

/// <summary>How one connection to a server ended.</summary>
/// <param name="Reason">For people; nothing that was secret is in it.</param>
internal sealed record PullOutcome(string Reason)
{
    /// <summary>The user or the password was not taken.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Where the server sends us, at once.</summary>
    public string? Location { get; init; }

    /// <summary>Nothing came over UDP: to be tried over TCP, at once.</summary>
    public bool WantsTcp { get; init; }

    /// <summary>From the first packet to the last, ns.</summary>
    public long PlayedNs { get; init; }
}
