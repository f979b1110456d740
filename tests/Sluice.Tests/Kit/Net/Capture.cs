using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// dumpcap on loopback with a capture filter: for RTSP over TCP and RTCP. Not for media of a sender that uses GSO, see
/// <see cref="PcapRecorder"/>.
/// </summary>
internal sealed partial class Capture : IAsyncDisposable
{
    // 30 ms as a rule; over 10 s once, while other tests made and removed namespaces (suspected: the kernel's one lock for all devices).
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _dumpcap;

    private Capture(ChildProcess dumpcap, string path) => (_dumpcap, Path) = (dumpcap, path);

    public string Path { get; }

    /// <summary>Returns when dumpcap listens.</summary>
    /// <param name="packets">Ends by itself after so many; 0: when told to.</param>
    public static async Task<Capture> StartAsync(string filter, int packets = 0)
    {
        var path = TestFolder.NewFile("lo.pcapng");
        var dumpcap = ChildProcess.Start("dumpcap", ["-i", "lo", "-f", filter, "-w", path, .. packets > 0 ? new[] { "-c", $"{packets}" } : []]);
        await dumpcap.WaitForLineAsync("its file", t => t.StartsWith("File:", StringComparison.Ordinal), s_bound).ConfigureAwait(false);
        return new Capture(dumpcap, path);
    }

    /// <summary>Waits until it has the packets it was started for; the file is then whole.</summary>
    public Task WaitUntilFullAsync(TimeSpan bound) => _dumpcap.WaitForExitAsync(bound);

    /// <summary>
    /// How many senders of receiver reports it has so far. While dumpcap writes, its file ends in half a packet, which tshark does not take:
    /// these are seen by the bytes of a report with one block (RFC 3550 §6.4.2), told apart by their SSRC.
    /// </summary>
    public int ReportersSeen()
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(Path), head = [0x81, 201, 0, 7];
        var reporters = new HashSet<uint>();
        for (var at = bytes.IndexOf(head); at >= 0 && bytes.Length >= at + 8; at = bytes.IndexOf(head))
        {
            reporters.Add(BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]));
            bytes = bytes[(at + 4)..];
        }
        return reporters.Count;
    }

    /// <summary>Ends the capture and returns how many packets it holds.</summary>
    public async Task<int> StopAsync()
    {
        await _dumpcap.StopAsync(Signals.Interrupt, TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        var match = _dumpcap.Output.Snapshot().Select(l => PacketCount().Match(l.Text)).LastOrDefault(m => m.Success);
        return match is null ? 0 : int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => _dumpcap.DisposeAsync();

    [GeneratedRegex(@"Packets captured: (\d+)")]
    private static partial Regex PacketCount();
}
