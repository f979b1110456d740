using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Wire.Sdp;

namespace Sluice.Control.Announce;

/// <summary>
/// The description of every RTP output (or bundle of outputs) that was asked for, with the version of its text: the .sdp route and SAP must name the same.
/// A version is the wall-clock second of the change, so that it rises over restarts too. Any control thread; takes a lock.
/// </summary>
public sealed class OutputDescriptions(string tool)
{
    private sealed record Known(string Text, ulong Version);

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Known> _known = [];

    /// <summary>The description of one output or bundle as it is now; its version is higher than before when anything else in it differs.</summary>
    public SdpSession Of(ulong output, ChannelDescription channel, in SdpDestination destination, long wallSeconds)
    {
        var text = Encoding.UTF8.GetString(SdpWriter.ToBytes(OutputSdp.Make(channel, destination, 0, tool)));
        lock (_lock)
        {
            var before = _known.GetValueOrDefault(output);
            if (before?.Text != text)
                _known[output] = before = new Known(text, Math.Max((ulong)Math.Max(wallSeconds, 0), (before?.Version ?? 0) + 1));
            return OutputSdp.Make(channel, destination, before.Version, tool);
        }
    }

    /// <summary>Outputs that something is known of.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _known.Count;
        }
    }

    /// <summary>Keeps what is known of these outputs only.</summary>
    public void KeepOnly(IReadOnlySet<ulong> outputs)
    {
        lock (_lock)
            foreach (var gone in _known.Keys.Where(key => !outputs.Contains(key)).ToList())
                _known.Remove(gone);
    }
}
