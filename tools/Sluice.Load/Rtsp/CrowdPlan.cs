using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Load.Rtsp;

/// <summary>A crowd of RTSP clients: how many, how fast they come, how long they stay.</summary>
public sealed record CrowdPlan(string Url, string Host, int Port)
{
    public int Clients { get; init; } = 1;

    /// <summary>Media interleaved on the connection (RFC 2326 §10.12) instead of UDP.</summary>
    public bool Tcp { get; init; }
    public double JoinsPerSecond { get; init; } = 100;

    /// <summary>How long a client plays before TEARDOWN; null: to the end.</summary>
    public long? StayNs { get; init; }

    /// <summary>A client that has left starts again.</summary>
    public bool Rejoin { get; init; }
    public int BufferBytes { get; init; } = 4 << 20;
    public bool Coalesced { get; init; } = true;

    public static bool TryParse(string text, out CrowdPlan plan)
    {
        var valid = RtspUrl.TryParse(Encoding.UTF8.GetBytes(text), out var url);
        plan = new CrowdPlan(text, (url.Host ?? "").Trim('[', ']'), url.Port);
        return valid;
    }
}
