using System.Text.Json;
using System.Text.Json.Serialization;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>How far an asset is.</summary>
public enum AssetState
{
    /// <summary>More is to come: it is being written, or will be taken up again. What is there can be played.</summary>
    Incomplete,
    Complete,

    /// <summary>Going; its directory goes with it.</summary>
    Deleted,
}

/// <summary>Where an asset comes from.</summary>
public enum AssetOrigin { Upload, Pull, Recording }

/// <summary>What is known of an asset beside its packets: <c>asset.json</c> in its directory, replaced as a whole.</summary>
public sealed record AssetMeta
{
    public const string FileName = "asset.json";

    public required string Name { get; init; }
    public AssetState State { get; init; }
    public AssetOrigin Origin { get; init; }

    /// <summary>The URL that it is pulled from, or the channel that it was recorded from; empty for an upload.</summary>
    public string Source { get; init; } = "";
    public DateTimeOffset Created { get; init; }

    /// <summary>"MPEG-TS" or "pcap"; empty until known.</summary>
    public string Format { get; init; } = "";

    /// <summary>Bytes of the whole, as announced, then as they are; null = not known.</summary>
    public long? Length { get; init; }

    public long DurationNs { get; init; }

    /// <summary>Where its line of time begins: the wall clock of a recording's first packet; 0 for a file.</summary>
    public long BeginWallNs { get; init; }

    /// <summary>SHA-256 of the whole, in base64: as it is, and as it was announced.</summary>
    public string? Sha256 { get; init; }
    public string? WishedSha256 { get; init; }

    /// <summary>What says whether the object at the URL is still the same (RFC 9110 §8.8).</summary>
    public string? ETag { get; init; }
    public string? LastModified { get; init; }

    /// <summary>Which stream of a capture, and what its packets are.</summary>
    public FlowWish Flow { get; init; }
    public StoredMedia? Media { get; init; }

    /// <summary>Of a recording: the first and the last moment that is wanted, wall ns.</summary>
    public long FromNs { get; init; }
    public long ToNs { get; init; }

    /// <summary>Why it does not go on, as a sentence; null while all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>Reads a directory's; null when there is none that can be read.</summary>
    public static AssetMeta? Load(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, FileName)), AssetJson.Default.AssetMeta);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file so that after any end of process or machine there is the old one or the new one. 0 or -errno.</summary>
    public int Save(string directory)
    {
        var (path, part) = (Path.Combine(directory, FileName), Path.Combine(directory, FileName + ".part"));
        try
        {
            Directory.CreateDirectory(directory);
            File.Delete(part);
            if (!DataFile.TryCreate(part, 0, out var file, out var error))
                return -error.Errno;
            using (file)
                if ((file.WriteAt(JsonSerializer.SerializeToUtf8Bytes(this, AssetJson.Default.AssetMeta), 0) is < 0 and var wrong) || (wrong = file.Sync()) < 0)
                    return wrong;
            File.Move(part, path, overwrite: true);
            return Volume.SyncDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -(e is UnauthorizedAccessException ? Errno.EACCES : e.HResult is > 0 and < 4_096 ? e.HResult : Errno.EIO);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AssetMeta))]
internal sealed partial class AssetJson : JsonSerializerContext;
