using System.Globalization;
using Sluice.Control.Assets;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>What every answer about an asset says of it.</summary>
internal static class AssetHeaders
{
    /// <summary>A strong validator of a whole asset: its digest (RFC 9110 §8.8.3).</summary>
    public static string? ETag(Asset asset) => asset.Meta.Sha256 is { } sha256 ? $"\"{sha256}\"" : null;

    public static void Write(HttpResponse response, Asset asset)
    {
        var headers = response.Headers;
        headers["Upload-Complete"] = asset.State == AssetState.Complete ? "?1" : "?0";
        headers["Upload-Offset"] = asset.Bytes.ToString(CultureInfo.InvariantCulture);
        if (asset.Meta.Length is { } length)
            headers["Upload-Length"] = length.ToString(CultureInfo.InvariantCulture);
        if (asset.Meta.Sha256 is { } sha256)
        {
            headers["Repr-Digest"] = UploadRequest.Format(Convert.FromBase64String(sha256));
            headers.ETag = ETag(asset);
        }
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
    }
}
