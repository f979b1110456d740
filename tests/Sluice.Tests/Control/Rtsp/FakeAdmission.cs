using System.Net;
using Sluice.Control;
using Sluice.Control.Offsets;
using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>An engine that only keeps rows, and asserts that every command fits the row it names.</summary>
internal sealed class FakeAdmission(int slots = 16) : IClientAdmission
{
    public static readonly ChannelDescription Demo = new("Demo", MediaDescription.TransportStream);
    public static readonly ChannelDescription Radio = new("radio.1", new MediaDescription(MediaKind.Audio, 96, "L24", 48_000, 2, "x=1"));
    public static readonly ChannelDescription Film = new("film", [
        new MediaDescription(MediaKind.Video, 96, "H264", 90_000, 1, "packetization-mode=1"),
        new MediaDescription(MediaKind.Audio, 97, "MPEG4-GENERIC", 48_000, 2)]);
    public static readonly ChannelDescription Off = new("off", MediaDescription.TransportStream, isOnline: false);

    private readonly Dictionary<ClientId, (ClientRequest Request, bool Playing)> _rows = [];
    private readonly Dictionary<ClientId, (PublishRequest Request, bool Heard)> _published = [];
    private int _generation;

    public List<string> Interleaved { get; } = [];
    public int Admissions => _generation;
    public int Reserved => _rows.Count;
    public int Playing => _rows.Values.Count(row => row.Playing);
    public ClientRequest LastRequest { get; private set; }

    /// <summary>Rows of each track of any channel, those that play.</summary>
    public IEnumerable<int> PlayingTracks => _rows.Values.Where(row => row.Playing).Select(row => row.Request.Track).Order();

    public bool TryFindChannel(string name, out ChannelDescription channel)
    {
        channel = Array.Find([Demo, Radio, Film, Off], known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))!;
        return channel is not null;
    }

    public AdmissionResult TryAdmit(in ClientRequest request, out ClientGrant grant)
    {
        grant = default;
        if (!request.Channel.IsOnline)
            return AdmissionResult.Offline;
        if (_rows.Count == slots)
            return AdmissionResult.NoSlots;
        var client = new ClientId(_generation, ++_generation);
        _rows.Add(client, (request, false));
        LastRequest = request;
        grant = new ClientGrant(client, 0xABCDu + (uint)_generation, new PortPair(6970, 6971), DelayNs: 120_000_000);
        return AdmissionResult.Admitted;
    }

    /// <summary>The group that every channel's first track is sent to.</summary>
    public MulticastGroup? Group { get; set; }

    public MulticastGroup? FindGroup(ChannelDescription channel, int track, IPAddress peer) => track == 0 ? Group : null;

    public IReadOnlyList<PlayPosition> NextPositions(IReadOnlyList<ClientId> clients)
    {
        Assert.All(clients, client => Assert.True(_rows.ContainsKey(client)));
        return [.. clients.Select(client => new PlayPosition((ushort)(1000 + client.Generation), 90_000))];
    }

    public void OnInterleaved(ClientId client, bool isRtcp, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        Assert.True(_rows.ContainsKey(client) || _published.ContainsKey(client));
        Interleaved.Add($"{(isRtcp ? "rtcp" : "rtp")} {Convert.ToHexString(packet)}");
    }

    /// <summary>What is kept of every channel; null = nothing.</summary>
    public MediaSpan? Span { get; set; }

    /// <summary>Why nobody goes anywhere.</summary>
    public RtspRefusal? NoRoom { get; set; }

    public ReplayNews News { get; set; }

    /// <summary>Where sessions went, in order.</summary>
    public List<PlayPlace> Places { get; } = [];

    /// <summary>Access points lie so far apart, from 0 on.</summary>
    public long AccessStepNs { get; set; } = 1;

    public MediaSpan? SpanOf(ChannelDescription channel, MonotonicTime now) => Span;

    public RtspRefusal? TryGo(IReadOnlyList<ClientId> clients, in PlayPlace place, MonotonicTime now, out long startNs)
    {
        startNs = place.Resumes ? place.FromNs : place.FromNs / AccessStepNs * AccessStepNs;
        if (NoRoom is not null)
            return NoRoom;
        Assert.NotEmpty(clients);
        foreach (var client in clients)
            _rows[client] = (_rows[client].Request, false);
        Places.Add(place);
        return null;
    }

    public ReplayNews NewsOf(ClientId client, MonotonicTime now)
    {
        Assert.True(_rows[client].Playing);
        return News;
    }

    public void Execute(SessionCommand command)
    {
        if (_published.TryGetValue(command.Client, out var published))
        {
            ExecutePublished(command, published.Heard);
            return;
        }
        Assert.True(_rows.TryGetValue(command.Client, out var row), $"{command} names no row");
        if (command.Kind == SessionCommandKind.Remove)
            _rows.Remove(command.Client);
        else
        {
            Assert.Equal(command.Kind is SessionCommandKind.Pause or SessionCommandKind.Finish, row.Playing);
            _rows[command.Client] = (row.Request, command.Kind == SessionCommandKind.Play);
        }
    }

    private void ExecutePublished(SessionCommand command, bool isHeard)
    {
        if (command.Kind == SessionCommandKind.Remove)
            _published.Remove(command.Client);
        else
        {
            Assert.True(isHeard && command.Kind is SessionCommandKind.Record or SessionCommandKind.Pause);
            _published[command.Client] = (_published[command.Client].Request, command.Kind == SessionCommandKind.Record);
        }
    }

    /// <summary>Another connection's publisher has the channel.</summary>
    public bool IsTaken { get; set; }

    public int Published => _published.Count;
    public int Recording => _published.Values.Count(row => row.Heard);
    public PublishRequest LastPublished { get; private set; }

    public RtspRefusal? WhyNotPublish(ChannelDescription announced) =>
        announced.Name == Radio.Name ? new RtspRefusal(RtspStatus.Forbidden, "takes nobody")
        : IsTaken ? new RtspRefusal(RtspStatus.Forbidden, "taken") : null;

    public RtspRefusal? TryPublish(in PublishRequest request, out PublishGrant grant)
    {
        grant = default;
        if (IsTaken || (request.Sibling is null && _published.Count > 0))
            return new RtspRefusal(RtspStatus.Forbidden, "taken");
        Assert.True(request.Sibling is null || _published.ContainsKey(request.Sibling.Value));
        var client = new ClientId(_generation, ++_generation);
        _published.Add(client, (request, false));
        LastPublished = request;
        grant = new PublishGrant(client, new PortPair(6980, 6981));
        return null;
    }

    public void Record(ClientId client) => _published[client] = (_published[client].Request, true);

    /// <summary>What publishers said of offsets.</summary>
    public List<ProviderOffset> Offsets { get; } = [];

    public void SetOffsets(ChannelDescription channel, IReadOnlyList<ProviderOffset> offsets) => Offsets.AddRange(offsets);

    /// <summary>Interleaved packets of publishers that are taken before the next one finds no room.</summary>
    public int Room { get; set; } = int.MaxValue;

    public bool HasRoom(ClientId client) => Interleaved.Count < Room;

    public static IPAddress Peer => IPAddress.Parse("192.0.2.10");
}
