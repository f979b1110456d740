using System.Text.Json.Serialization;
using Sluice.Control.Status;

namespace Sluice.Host.Web;

internal sealed record ChannelList(IReadOnlyList<ChannelStatus> Channels);

/// <summary>One page of a channel's clients; Total counts them all.</summary>
internal sealed record ClientPage(int Total, int Offset, IReadOnlyList<ClientStatus> Clients);

internal sealed record Health(string Status, string Version, double UptimeSeconds);

internal sealed record AddedClient([property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] ulong Id, string Channel, string To);

internal sealed record AssetList(IReadOnlyList<AssetStatus> Assets);

/// <summary>The body of a POST that makes an asset: a URL to pull, or a channel and its times.</summary>
internal sealed record AssetOrder(string? Url, string? Channel, string? From, string? To, string? Digest, string? Rtpmap, string? Port, string? Ssrc);

/// <summary>Everything that goes out as JSON, serialised by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EngineSnapshot))]
[JsonSerializable(typeof(ChannelList))]
[JsonSerializable(typeof(ChannelStatus))]
[JsonSerializable(typeof(ClientPage))]
[JsonSerializable(typeof(BurstPicture))]
[JsonSerializable(typeof(AddedClient))]
[JsonSerializable(typeof(AssetList))]
[JsonSerializable(typeof(AssetStatus))]
[JsonSerializable(typeof(AssetOrder))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(OffsetList))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class HostJson : JsonSerializerContext;
