using Sluice.Linux;

namespace Sluice.Store;

/// <summary>
/// An asset's file as it came in, piece by piece: payloads out of its records, each in its place among the <see cref="AssetRest"/>. Needs no lock. Owned by
/// one thread at a time.
/// </summary>
public sealed class AssetContent : IDisposable
{
    private readonly ChannelReader _records;
    private readonly DataFile? _rest;
    private readonly byte[] _entry = new byte[AssetRest.HeadBytes + AssetRest.ContentBytesMax];
    private long _place, _nextPlace = -1, _nextOffset;
    private int _nextLength;

    public AssetContent(string directory)
    {
        _records = new ChannelReader(directory);
        if (DataFile.TryOpen(Path.Combine(directory, AssetRest.FileName), write: false, out var rest, out _))
            _rest = rest;
        PeekRest();
    }

    /// <summary>Bytes handed out so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>How far the rest file has been used.</summary>
    internal long RestOffset { get; private set; }

    /// <summary>About the piece last handed out; null when it was rest.</summary>
    internal RecordMeta? Meta { get; private set; }

    /// <summary>The next piece, valid until the next call; false at the end, or where the next cannot be read.</summary>
    public bool TryNext(out ReadOnlySpan<byte> piece)
    {
        Meta = null;
        if (_nextPlace >= 0 && _nextPlace <= _place)
        {
            piece = _entry.AsSpan(AssetRest.HeadBytes, _nextLength);
            RestOffset = _nextOffset;
            Bytes += piece.Length;
            _nextPlace = -1;
            _mustPeek = true;
            return true;
        }
        if (_mustPeek)
        {
            PeekRest();
            return TryNext(out piece);
        }
        piece = default;
        if (!_records.TryNext(out var record))
            return false;
        piece = record.Payload;
        Meta = record.Meta;
        _place += piece.Length;
        Bytes += piece.Length;
        return true;
    }

    public void Dispose()
    {
        _records.Dispose();
        _rest?.Dispose();
    }

    private bool _mustPeek;

    private void PeekRest()
    {
        _mustPeek = false;
        if (_rest is null || !AssetRest.TryRead(_rest, ref _nextOffset, _entry, out _nextPlace, out _nextLength))
            _nextPlace = -1;
    }
}
