using System.Diagnostics;
using System.Security.Cryptography;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>What became of bytes for an asset.</summary>
public enum AssetWrite
{
    Ok,

    /// <summary>They are no media that is known; the asset can never be one. See <see cref="AssetWriter.Wrong"/>.</summary>
    Malformed,

    /// <summary>The disk refused; what was kept before stays, and it can be taken up again.</summary>
    DiskFailed,
}

/// <summary>
/// Writes one asset's file as records: takes bytes as they come, and after any end goes on where it was. What is taken is readable by clients as soon as it
/// has its time. Owned by one thread at a time; may wait for the disk.
/// </summary>
/// <remarks>
/// Going on reads all that is kept once more: that gives the parser's place on the line of time, the digest so far, and the proof that the rest fits.
/// </remarks>
public sealed class AssetWriter : IAssetSink, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ByteQueue _tail = new();       // taken and not yet handed on by the parser, in the file's order
    private readonly Queue<RecordMeta> _again = []; // records that are kept already, to be compared
    private readonly string _directory;
    private readonly FlowWish _flow;
    private readonly AssetRest _rest;
    private readonly bool _isRecording;
    private AssetParser? _parser;
    private long _place, _restBytes, _restToSkip;
    private bool _isTorn, _isFailed;

    private AssetWriter(ChannelStore store, FlowWish flow, bool isRecording) =>
        (Store, _directory, _flow, _isRecording, _rest) = (store, store.DirectoryPath, flow, isRecording, new AssetRest(store.DirectoryPath));

    /// <summary>For cursors of other threads, while it is being written and after.</summary>
    public ChannelStore Store { get; }

    /// <summary>Bytes of the file that have come in and will not be asked for again, except after kill -9: then <see cref="Kept"/>.</summary>
    public long Taken { get; private set; }

    /// <summary>Bytes of the file that are with the kernel or on the disk.</summary>
    public long Kept => _place + _restBytes - _unflushed;
    private long _unflushed;

    /// <summary>Where its last record ends on its line, ns.</summary>
    public long DurationNs => _isRecording ? LastWallNs - (FirstWallNs ?? LastWallNs) : _parser?.DurationNs ?? 0;

    /// <summary>Of a recording: the delivery times of its first and last record, wall ns.</summary>
    public long? FirstWallNs { get; private set; }
    public long LastWallNs { get; private set; }
    public string Format => _parser?.Format ?? "";
    public StoredMedia MediaNow { get; private set; } = StoredMedia.MpegTs;

    /// <summary>Why it is malformed, or what the disk said; null while all is well.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Whether nothing can be added without opening it anew.</summary>
    public bool IsFailed => _isFailed;

    /// <summary>Begins an asset's file, or goes on with what its directory holds.</summary>
    /// <param name="options">How segments are written.</param>
    /// <param name="name">The asset's.</param>
    /// <param name="flow">Which stream of a capture.</param>
    /// <param name="isRecording">It is given packets and no file: <see cref="Put"/> instead of <see cref="Take"/>.</param>
    /// <param name="writer">What writes.</param>
    /// <param name="problem">Why there is none.</param>
    public static bool TryOpen(
        StoreOptions options, string name, in FlowWish flow, bool isRecording, out AssetWriter writer, out StoreProblem problem)
    {
        writer = null!;
        if (!ChannelStore.TryOpen(options, name, out var store, out problem))
            return false;
        writer = new AssetWriter(store, flow, isRecording);
        if ((isRecording ? writer.Remember() : writer.Restore()) is not { } wrong)
            return true;
        problem = new StoreProblem(StoreProblemKind.Failed, store.DirectoryPath, wrong, "delete the asset and begin anew");
        writer.Dispose();
        writer = null!;
        return false;
    }

    /// <summary>Takes the next bytes of the file, of any number.</summary>
    public AssetWrite Take(ReadOnlySpan<byte> bytes)
    {
        if (_isFailed)
            return AssetWrite.DiskFailed;
        _hash.AppendData(bytes);
        _tail.Add(bytes);
        Taken += bytes.Length;
        return Judge(_parser is null ? Begin(isEnd: false) : _parser.Take(bytes));
    }

    /// <summary>Takes a packet of a recording, as its channel's store has it.</summary>
    public AssetWrite Put(in RecordMeta meta, ReadOnlySpan<byte> payload)
    {
        if (_isFailed)
            return AssetWrite.DiskFailed;
        _hash.AppendData(payload);
        (Taken, _place, _unflushed) = (Taken + payload.Length, _place + payload.Length, _unflushed + payload.Length);
        FirstWallNs ??= meta.DeliveryWallNs;
        LastWallNs = Math.Max(LastWallNs, meta.DeliveryWallNs);
        if (Store.Append(meta, payload, SystemClock.Now) != AppendResult.Staged)
            Fail((int)Store.Counters.LastErrno);
        return _isFailed ? AssetWrite.DiskFailed : AssetWrite.Ok;
    }

    /// <summary>What the payloads are from here on.</summary>
    public void SetMedia(StoredMedia media) => ((IAssetSink)this).Media(media);

    /// <summary>Gives what has been taken to the kernel, and does what is due beside. Then the records are there for cursors and after kill -9.</summary>
    public AssetWrite Flush(MonotonicTime now)
    {
        if (_isFailed)
            return AssetWrite.DiskFailed;
        if (Store.Flush(now) is { Errno: not 0 and var error })
            Fail(error);
        else if (_rest.Sync() is < 0 and var restError)
            Fail(-restError);
        else
            _unflushed = 0;
        Store.Maintain(now);
        return _isFailed ? AssetWrite.DiskFailed : AssetWrite.Ok;
    }

    /// <summary>The sender goes and may come back: all that was taken is put where kill -9 and a power cut leave it.</summary>
    public AssetWrite Park(MonotonicTime now)
    {
        if (Flush(now) != AssetWrite.Ok)
            return AssetWrite.DiskFailed;
        if (Store.Sync(now) is not 0 and var error)
            Fail(error);
        else if (AssetTail.Save(_directory, Kept, _tail.Bytes) is < 0 and var tailError)
            Fail(-tailError);
        return _isFailed ? AssetWrite.DiskFailed : AssetWrite.Ok;
    }

    /// <summary>The file is whole: everything is on the medium and sealed. Cursors go on reading.</summary>
    public AssetWrite Finish(MonotonicTime now)
    {
        if (!_isRecording && Judge(_parser is null ? Begin(isEnd: true) ?? _parser!.End() : _parser.End()) is not AssetWrite.Ok and var wrong)
            return wrong;
        Debug.Assert(_tail.Count == 0, "A parser kept bytes back.");
        if (Flush(now) != AssetWrite.Ok)
            return AssetWrite.DiskFailed;
        Store.Seal(now);
        if (Store.Counters is { Dropped: 0, SegmentsPoisoned: 0, SyncsFailed: 0 })
        {
            AssetTail.Delete(_directory);
            return AssetWrite.Ok;
        }
        Fail((int)Store.Counters.LastErrno);
        return AssetWrite.DiskFailed;
    }

    /// <summary>SHA-256 of all that was taken.</summary>
    public byte[] Sha256() => _hash.GetCurrentHash();

    /// <summary>Lets go of the files; <see cref="Store"/> belongs to the asset and is let go of by it.</summary>
    public void Release()
    {
        _rest.Dispose();
        _hash.Dispose();
    }

    public void Dispose()
    {
        Release();
        Store.Dispose();
    }

    void IAssetSink.Media(StoredMedia media)
    {
        MediaNow = media;
        Store.SetMedia(media, SystemClock.Now);
    }

    void IAssetSink.Record(in RecordMeta meta, ReadOnlySpan<byte> payload)
    {
        Advance(payload.Length);
        _place += payload.Length;
        if (_again.TryDequeue(out var kept))
        {
            _isTorn |= kept != meta;
            return;
        }
        _unflushed += payload.Length;
        if (!_isFailed && Store.Append(meta, payload, SystemClock.Now) != AppendResult.Staged)
            Fail((int)Store.Counters.LastErrno);
    }

    void IAssetSink.Rest(ReadOnlySpan<byte> bytes)
    {
        Advance(bytes.Length);
        _restBytes += bytes.Length;
        var known = (int)Math.Min(_restToSkip, bytes.Length);
        _restToSkip -= known;
        if (!_isFailed && known < bytes.Length && _rest.Add(_place, bytes[known..]) is < 0 and var error)
            Fail(-error);
    }

    // The parser hands on exactly what came in, in its order.
    private void Advance(int bytes)
    {
        Debug.Assert(bytes <= _tail.Count, "A parser handed on more than came in.");
        _tail.Skip(bytes);
    }

    private string? Begin(bool isEnd)
    {
        if (_tail.Count < AssetParser.BeginningBytes && !isEnd)
            return null;
        _parser = AssetParser.For(_tail.Bytes, _flow, this, out var wrong);
        // A copy, because what is handed on leaves the tail.
        return wrong ?? _parser!.Take(_tail.Bytes.ToArray());
    }

    private AssetWrite Judge(string? wrong)
    {
        if (wrong is not null && !_isFailed)
            Wrong = wrong;
        return _isFailed ? AssetWrite.DiskFailed : wrong is null ? AssetWrite.Ok : AssetWrite.Malformed;
    }

    private void Fail(int errno)
    {
        _isFailed = true;
        Wrong = errno is Errno.ENOSPC or Errno.EDQUOT ? "the disk is full" : $"the disk refuses: {Errno.Name(errno)}";
    }

    // A recording goes on behind the last packet that it has.
    private string? Remember()
    {
        using var records = new ChannelReader(_directory);
        while (records.TryNext(out var record))
        {
            _hash.AppendData(record.Payload);
            (Taken, _place) = (Taken + record.Payload.Length, _place + record.Payload.Length);
            FirstWallNs ??= record.Meta.DeliveryWallNs;
            LastWallNs = Math.Max(LastWallNs, record.Meta.DeliveryWallNs);
            MediaNow = records.Header.Media;
        }
        Store.SetMedia(MediaNow, SystemClock.Now);
        return null;
    }

    // Null, or why what is there cannot be gone on with.
    private string? Restore()
    {
        long records = 0, rest = 0, restEnd;
        using (var content = new AssetContent(_directory))
        {
            while (content.TryNext(out var piece))
                (records, rest) = content.Meta is null ? (records, rest + piece.Length) : (records + 1, rest);
            restEnd = content.RestOffset;
        }
        if (_rest.CutTo(restEnd) is < 0 and var error)
            return $"the disk refuses: {Errno.Name(-error)}";
        _restToSkip = rest;
        if (records + rest > 0 && Replay() is { } wrong)
            return wrong;
        Take(AssetTail.Load(_directory, _place + _restBytes + _tail.Count));
        return Wrong;
    }

    private string? Replay()
    {
        using var content = new AssetContent(_directory);
        while (content.TryNext(out var piece))
        {
            if (content.Meta is { } meta)
                _again.Enqueue(meta);
            if (Take(piece) != AssetWrite.Ok)
                return Wrong;
        }
        return _isTorn ? "what is kept is not what came in, as after a power cut" : null;
    }
}
