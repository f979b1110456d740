using System.Globalization;

namespace Sluice.Control.Assets;

/// <summary>The headers of a request that brings bytes of an asset, as they came; null = there is none.</summary>
public readonly record struct UploadHeaders(
    long? ContentLength, string? ContentRange, string? UploadOffset, string? UploadComplete, string? UploadLength, string? ReprDigest, string? ContentDigest);

/// <summary>
/// What a request brings: which bytes of the file, whether they are the last, and what their digest should be. Both ways of saying it are taken:
/// <c>Content-Range</c> (RFC 9110 §14.5) and <c>Upload-Offset</c> (draft-ietf-httpbis-resumable-upload).
/// </summary>
/// <param name="Offset">Of the first byte; null = nothing was said: the whole file, from its beginning.</param>
/// <param name="Length">Of the whole file; null = not known yet.</param>
/// <param name="IsLast">The file ends with this request; null = when <paramref name="Length"/> is reached.</param>
/// <param name="Sha256">Of the whole file.</param>
/// <param name="BodySha256">Of this request's bytes.</param>
public sealed record UploadRequest(long? Offset, long? Length, bool? IsLast, byte[]? Sha256, byte[]? BodySha256)
{
    /// <summary>Null, or what is wrong, as a sentence.</summary>
    public static string? Read(in UploadHeaders headers, out UploadRequest request)
    {
        request = null!;
        (long? offset, long? length, bool? isLast) = (null, null, null);
        if (headers.ContentRange is { } range && !TryReadRange(range, headers.ContentLength, out offset, out length, out isLast))
            return "Content-Range is \"bytes FIRST-LAST/LENGTH\" of the bytes that the body has; LENGTH may be *";
        if (headers.UploadOffset is { } at && (headers.ContentRange is not null || !TryReadInteger(at, out offset)))
            return "Upload-Offset is one whole number, and not beside Content-Range";
        if (headers.UploadLength is { } whole && !TryReadInteger(whole, out length))
            return "Upload-Length is one whole number";
        if (headers.UploadComplete is { } complete)
        {
            if (complete is not ("?0" or "?1"))
                return "Upload-Complete is ?1 or ?0 (RFC 9651 §3.3.6)";
            isLast = complete == "?1";
            offset ??= 0;
        }
        if (offset is null)
            (length, isLast) = (headers.ContentLength ?? length, true);
        else if (isLast == true && headers.ContentLength is { } rest)
            length ??= offset + rest;
        if (!TryReadDigest(headers.ReprDigest, out var sha256) || !TryReadDigest(headers.ContentDigest, out var body))
            return "Repr-Digest and Content-Digest have the form sha-256=:BASE64: (RFC 9530)";
        request = new UploadRequest(offset, length, isLast, sha256 ?? (offset is null ? body : null), body);
        return null;
    }

    /// <summary>A digest as both headers say it.</summary>
    public static string Format(ReadOnlySpan<byte> sha256) => $"sha-256=:{Convert.ToBase64String(sha256)}:";

    /// <summary>SHA-256 in a list of digests; null when there is none. False: not such a list.</summary>
    public static bool TryReadDigest(string? header, out byte[]? sha256)
    {
        sha256 = null;
        foreach (var item in (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || item.Length < equals + 3 || item[equals + 1] != ':' || item[^1] != ':')
                return false;
            var bytes = new byte[64];
            if (!Convert.TryFromBase64String(item[(equals + 2)..^1], bytes, out var length))
                return false;
            if (item.AsSpan(0, equals).Equals("sha-256", StringComparison.OrdinalIgnoreCase))
                sha256 = bytes[..length];
        }
        return sha256 is null or { Length: 32 };
    }

    private static bool TryReadRange(string text, long? bodyBytes, out long? offset, out long? length, out bool? isLast)
    {
        (offset, length, isLast) = (null, null, null);
        const string unit = "bytes ";
        if (!text.StartsWith(unit, StringComparison.OrdinalIgnoreCase) || text[unit.Length..].Split('/') is not [var place, var whole]
            || place.Split('-') is not [var first, var last] || !TryReadInteger(first, out offset) || !TryReadInteger(last, out var end)
            || (whole != "*" && !TryReadInteger(whole, out length)))
            return false;
        isLast = length is null ? false : end == length - 1;
        return end >= offset && !(end >= length) && (bodyBytes is null || bodyBytes == end - offset + 1);
    }

    private static bool TryReadInteger(string text, out long? value)
    {
        var isRead = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        value = isRead ? number : null;
        return isRead;
    }
}
