namespace Sluice.Store;

/// <summary>
/// Where a parser puts what it finds in a file, in the file's order: packets, and the bytes that belong to none. What both have been given is,
/// one after the other, the file to the byte.
/// </summary>
internal interface IAssetSink
{
    /// <param name="meta">Its wall time is on the asset's own line, which begins at 0.</param>
    /// <param name="payload">What a client gets.</param>
    void Record(in RecordMeta meta, ReadOnlySpan<byte> payload);

    /// <summary>Bytes of the file that no client gets: headers, and what is out of place.</summary>
    void Rest(ReadOnlySpan<byte> bytes);

    /// <summary>What the payloads are; before the first record.</summary>
    void Media(StoredMedia media);
}
