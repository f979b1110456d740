using System.Security.Cryptography;
using Sluice.Linux;

namespace Sluice.Store;

/// <summary>How assets are kept.</summary>
public sealed record AssetOptions
{
    /// <summary>A file of a few minutes fills one; what is not used of the last is given back.</summary>
    public const long SegmentBytesDefault = 16 << 20;

    /// <summary>Each asset has a directory of its name below it.</summary>
    public required string Path { get; init; }

    /// <summary>All assets together on the disk, and one asset's file.</summary>
    public long BytesMax { get; init; } = long.MaxValue;
    public long AssetBytesMax { get; init; } = long.MaxValue;

    public long SegmentBytes { get; init; } = SegmentBytesDefault;

    /// <summary>How long one that is not whole waits for more, ns.</summary>
    public long KeepIncompleteNs { get; init; } = 86_400_000_000_000;
}

/// <summary>Why an asset cannot be written.</summary>
public enum AssetRefusal
{
    None, BadName, Exists, Busy, TooLarge, Full,

    /// <summary>What is here cannot be gone on with.</summary>
    Harmed,
}

/// <summary>
/// The assets of one directory. Looking is for any thread; each change of an asset is made by one caller at a time, which <see cref="TryBegin"/> grants.
/// Waits for the disk.
/// </summary>
public sealed class AssetLibrary(AssetOptions options)
{
    /// <summary>Records have 40 bytes each beside some 1,316 of payload, and the file's last segment an index.</summary>
    private const int OverheadParts = 16;

    /// <summary>No asset's: those do not begin with a dot.</summary>
    private const string TrialName = ".trial";

    private static readonly string[] s_reservedEnds = [".ts", ".m3u", ".m3u8", ".sdp"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Asset> _assets = new(StringComparer.OrdinalIgnoreCase);
    private bool _isOpen;
    private readonly ulong _salt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public AssetOptions Options => options;

    /// <summary>
    /// Makes the directory, looks at what is in it and whether it can be written in. Null, or what is wrong with it; may be tried again, and later only
    /// asks whether it is still so.
    /// </summary>
    public string? Open()
    {
        try
        {
            Directory.CreateDirectory(options.Path);
            if (!_isOpen)
                foreach (var directory in Directory.GetDirectories(options.Path))
                    Find(directory);
            _isOpen = true;
            var trial = Path.Combine(options.Path, TrialName);
            File.WriteAllText(trial, "");
            File.Delete(trial);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>By name, in any case of letters; null when there is none.</summary>
    public Asset? TryFind(string name)
    {
        lock (_lock)
            return _assets.GetValueOrDefault(name);
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<Asset> All
    {
        get
        {
            lock (_lock)
                return [.. _assets.Values.OrderBy(asset => asset.Name, StringComparer.OrdinalIgnoreCase)];
        }
    }

    /// <summary>What all of them take on the disk, with what is promised to those that are being written.</summary>
    public long DiskBytes => All.Sum(DiskBytesOf);

    /// <summary>A file name, and nothing that a player's URL would be cut at.</summary>
    public static bool IsName(string name) => ChannelDirectory.IsName(name) && name[0] != '.'
        && !Array.Exists(s_reservedEnds, end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Grants the writing of an asset to the caller, who must give it back with <see cref="End"/>: a new one, or one that is not whole.
    /// </summary>
    /// <param name="wish">What it is to be; what is known already stays.</param>
    /// <param name="asset">When there is none of this name it is made.</param>
    public AssetRefusal TryBegin(AssetMeta wish, out Asset asset)
    {
        ArgumentNullException.ThrowIfNull(wish);
        asset = null!;
        if (!IsName(wish.Name))
            return AssetRefusal.BadName;
        lock (_lock)
        {
            var known = _assets.GetValueOrDefault(wish.Name);
            if (known is { State: not AssetState.Incomplete } or { IsBusy: true })
                return known.IsBusy ? AssetRefusal.Busy : AssetRefusal.Exists;
            if (wish.Length > options.AssetBytesMax)
                return AssetRefusal.TooLarge;
            if (known is null && DiskBytes + Math.Max(OnDisk(wish.Length ?? 0), options.SegmentBytes) > options.BytesMax)
                return AssetRefusal.Full;
            asset = known ?? new Asset(wish, ReadingOptions, 0);
            asset.IsBusy = true;
            asset.TouchedNs = SystemClock.Now.Ns;
            _assets[wish.Name] = asset;
        }
        return AssetRefusal.None;
    }

    /// <summary>Opens a begun asset for writing. Null, or what is wrong.</summary>
    public string? Open(Asset asset, out AssetWriter writer)
    {
        ArgumentNullException.ThrowIfNull(asset);
        writer = null!;
        if (!File.Exists(Path.Combine(asset.DirectoryPath, AssetMeta.FileName)) && asset.Save(asset.Meta) is < 0 and var error)
            return Errno.Name(-error);
        if (!asset.TryOpenWriter(ReadingOptions, out var problem))
            return $"{problem.What}; {problem.Remedy}";
        writer = asset.Writer!;
        return null;
    }

    /// <summary>Whether so many bytes more of a file may come; else which limit is in the way.</summary>
    public AssetRefusal MayGrow(Asset asset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(asset);
        if (asset.Bytes + bytes > options.AssetBytesMax)
            return AssetRefusal.TooLarge;
        return asset.Meta.Length is null && DiskBytes + bytes > options.BytesMax ? AssetRefusal.Full : AssetRefusal.None;
    }

    /// <summary>The asset is whole. 0 or -errno.</summary>
    public static int Complete(Asset asset, AssetMeta meta)
    {
        ArgumentNullException.ThrowIfNull(asset);
        return asset.Save(meta with { State = AssetState.Complete, Problem = null });
    }

    /// <summary>Gives the writing back. With <paramref name="isKeptOpen"/> who comes again soon need not read all of it anew.</summary>
    public static void End(Asset asset, bool isKeptOpen)
    {
        ArgumentNullException.ThrowIfNull(asset);
        if (!isKeptOpen || asset.State != AssetState.Incomplete)
            asset.CloseWriter();
        asset.TouchedNs = SystemClock.Now.Ns;
        asset.IsBusy = false;
    }

    /// <summary>The engine ends: lets go of what is open.</summary>
    public static void Close(Asset asset)
    {
        ArgumentNullException.ThrowIfNull(asset);
        asset.Writer?.Park(SystemClock.Now);
        asset.CloseWriter();
    }

    /// <summary>Takes an asset away at once; who plays it has its bytes until they let go. False when it is being written or not there.</summary>
    public bool TryDelete(string name)
    {
        Asset? asset;
        lock (_lock)
        {
            if (!_assets.TryGetValue(name, out asset) || asset.IsBusy)
                return false;
            asset.IsBusy = true;
            _assets.Remove(name);
        }
        Delete(asset);
        return true;
    }

    /// <summary>As <see cref="TryDelete"/>, for who has the writing of it.</summary>
    public void Discard(Asset asset)
    {
        ArgumentNullException.ThrowIfNull(asset);
        lock (_lock)
            _assets.Remove(asset.Name);
        Delete(asset);
    }

    /// <summary>Now and then: closes writers that nobody came back to, and takes what has waited too long.</summary>
    /// <returns>Names that went.</returns>
    public IReadOnlyList<string> Sweep(MonotonicTime now, long openNs)
    {
        var gone = new List<string>();
        foreach (var asset in All)
        {
            if (asset.State != AssetState.Incomplete || asset.IsBusy)
                continue;
            if (now.Ns - asset.TouchedNs > options.KeepIncompleteNs && TryDelete(asset.Name))
                gone.Add(asset.Name);
            else if (now.Ns - asset.TouchedNs > openNs && asset is { Writer: not null, Players: 0 })
                asset.CloseWriter();
        }
        return gone;
    }

    private StoreOptions ReadingOptions => new()
    {
        Path = options.Path,
        SegmentBytes = options.SegmentBytes,
        KeepsAll = true,
        EpochSalt = _salt,
    };

    // Only directories that say of themselves that they are assets are touched.
    private void Find(string directory)
    {
        var name = Path.GetFileName(directory);
        if (!IsName(name) || AssetMeta.Load(directory) is not { } meta || meta.Name != name)
            return;
        if (meta.State == AssetState.Deleted)
        {
            Remove(directory);
            return;
        }
        var asset = new Asset(meta, ReadingOptions, meta.State == AssetState.Complete ? meta.Length ?? 0 : 0) { TouchedNs = SystemClock.Now.Ns };
        lock (_lock)
            _assets[name] = asset;
    }

    private static void Delete(Asset asset)
    {
        asset.Delete();
        asset.Save(asset.Meta with { State = AssetState.Deleted });
        Remove(asset.DirectoryPath);
    }

    private static void Remove(string directory)
    {
        try
        {
            // The word that says what it is goes last, so that it is gone on with.
            foreach (var file in Directory.GetFiles(directory).Where(file => Path.GetFileName(file) != AssetMeta.FileName))
                File.Delete(file);
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next start: it says of itself that it is deleted.
        }
    }

    private long DiskBytesOf(Asset asset)
    {
        var here = OnDisk(asset.Bytes);
        return asset.State == AssetState.Complete ? here : Math.Max(here + options.SegmentBytes, OnDisk(asset.Meta.Length ?? 0));
    }

    private static long OnDisk(long bytes) => bytes + bytes / OverheadParts;
}
