using System.Diagnostics.CodeAnalysis;

namespace Sluice.Store;

// Ownership             written by                        read by          changes hands when
//   Meta, Bytes, …      who writes the asset, one at a time   any              each is one word or one reference
//   Writer              who writes the asset                  the same         BeginWriting … EndWriting of the library
//   _store              under _lock                           who opened it    the last AssetLog is disposed, and nobody writes
/// <summary>
/// An object with a name and a length: media that came as a file or were recorded. Any thread may look at it and open its log; it may be played while it
/// is still being written.
/// </summary>
public sealed class Asset
{
    private readonly Lock _lock = new();
    private readonly StoreOptions _reading;
    private ChannelStore? _store;
    private AssetMeta _meta;
    private long _bytes, _durationNs, _touchedNs;
    private int _logs;
    private long _beginWallNs;
    private object? _media;     // a StoredMedia, as one reference
    private bool _isDeleted;

    internal Asset(AssetMeta meta, StoreOptions reading, long bytes)
    {
        (_meta, _reading, _bytes, _durationNs, _beginWallNs, _media) = (meta, reading, bytes, meta.DurationNs, meta.BeginWallNs, meta.Media);
    }

    public string Name => _meta.Name;

    public string DirectoryPath => Path.Combine(_reading.Path, Name);

    /// <summary>As last saved.</summary>
    public AssetMeta Meta => Volatile.Read(ref _meta);

    public AssetState State => IsDeleted ? AssetState.Deleted : Meta.State;

    /// <summary>Bytes of the file that are here.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How long what is here plays, ns.</summary>
    public long DurationNs => Volatile.Read(ref _durationNs);

    /// <summary>Wall time on its records at which its line begins: 0 for a file. A place x ns into the asset is at BeginWallNs + x.</summary>
    public long BeginWallNs => Volatile.Read(ref _beginWallNs);

    /// <summary>What its packets are; null while there are none.</summary>
    public StoredMedia? Media => Volatile.Read(ref _media) as StoredMedia?;

    /// <summary>It is going: who plays it must end. Told once, to each.</summary>
    public bool IsDeleted => Volatile.Read(ref _isDeleted);

    /// <summary>Logs that are open: those who play it.</summary>
    public int Players => Volatile.Read(ref _logs);

    /// <summary>Monotonic ns of the last byte taken or the last word about it.</summary>
    public long TouchedNs { get => Volatile.Read(ref _touchedNs); internal set => Volatile.Write(ref _touchedNs, value); }

    /// <summary>Whether somebody writes it now.</summary>
    public bool IsBusy { get; internal set; }

    /// <summary>Null = not opened for writing.</summary>
    internal AssetWriter? Writer { get; private set; }

    /// <summary>Opens it for reading by a <see cref="StoreCursor"/>. False when it is deleted, or the disk refuses, as the problem says.</summary>
    public bool TryOpenLog([NotNullWhen(true)] out AssetLog? log, out StoreProblem problem)
    {
        (log, problem) = (null, default);
        lock (_lock)
        {
            if (_isDeleted || (_store is null && !ChannelStore.TryOpen(_reading with { IsReadOnly = true }, Name, out _store, out problem)))
                return false;
            _logs++;
            log = new AssetLog(this, _store);
            return true;
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            _logs--;
            LetGo();
        }
    }

    /// <summary>False while somebody plays what an earlier writer left open, or when the disk refuses.</summary>
    internal bool TryOpenWriter(StoreOptions options, out StoreProblem problem)
    {
        problem = default;
        lock (_lock)
        {
            if (Writer is { IsFailed: true } && _logs == 0)
                CloseWriter();
            if (Writer is { IsFailed: false })
                return true;
            if (_store is not null)
            {
                problem = new(StoreProblemKind.Locked, DirectoryPath, "it is being played since the disk refused a write", "try again when nobody plays it");
                return false;
            }
            if (!AssetWriter.TryOpen(options, Name, Meta.Flow, Meta.Origin == AssetOrigin.Recording, out var writer, out problem))
                return false;
            (Writer, _store) = (writer, writer.Store);
            Note(writer);
            return true;
        }
    }

    /// <summary>What the writer has done so far, for everybody.</summary>
    public void Note(AssetWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Volatile.Write(ref _beginWallNs, writer.FirstWallNs ?? 0);
        if (writer.DurationNs > 0 && Media != writer.MediaNow)
            Volatile.Write(ref _media, writer.MediaNow);
        Volatile.Write(ref _bytes, writer.Taken);
        Volatile.Write(ref _durationNs, Math.Max(0, writer.DurationNs));
    }

    /// <summary>0 or -errno.</summary>
    public int Save(AssetMeta meta)
    {
        ArgumentNullException.ThrowIfNull(meta);
        Volatile.Write(ref _meta, meta);
        return meta.Save(DirectoryPath);
    }

    /// <summary>Nobody writes it any more: its log stays as long as it is played.</summary>
    internal void CloseWriter()
    {
        lock (_lock)
        {
            Writer?.Release();
            Writer = null;
            LetGo();
        }
    }

    internal void Delete()
    {
        Volatile.Write(ref _isDeleted, true);
        CloseWriter();
    }

    private void LetGo()
    {
        if (_logs > 0 || Writer is not null)
            return;
        _store?.Dispose();
        _store = null;
    }
}

/// <summary>An asset's records, open for reading: as long as it is not disposed its bytes stay, also of one that is deleted meanwhile.</summary>
public sealed class AssetLog : IDisposable
{
    private int _isDisposed;

    internal AssetLog(Asset asset, ChannelStore store) => (Asset, Store) = (asset, store);

    public Asset Asset { get; }

    /// <summary>For cursors.</summary>
    public ChannelStore Store { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            Asset.Close();
    }
}
