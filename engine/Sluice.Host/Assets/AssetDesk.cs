using Sluice.Control.Assets;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>Why a transfer does not begin: an HTTP status and a sentence.</summary>
internal readonly record struct AssetProblem(int Status, string Title, string Detail);

/// <summary>Why the assets' directory cannot be used.</summary>
internal sealed record AssetTrouble(string What, DateTimeOffset Since);

/// <summary>
/// The assets of the running engine: hands out the writing of one to uploads, pulls and recordings, and keeps all that waits for the disk on one thread of the
/// pool at a time, so that a slow disk takes no more than that from those who serve players.
/// </summary>
internal sealed class AssetDesk : IAsyncDisposable
{
    /// <summary>An upload that comes back within this time need not read what it has anew.</summary>
    private const long OpenNs = 60_000_000_000;

    private readonly TaskFactory _disk = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ExclusiveScheduler);
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _running = [];
    private readonly Lock _lock = new();

    private AssetDesk(AssetsConfig config, AssetLibrary library, ILogger log) => (Config, Library, Log) = (config, library, log);

    public AssetsConfig Config { get; }
    public AssetLibrary Library { get; }
    public AssetCounters Counters { get; } = new();
    public ILogger Log { get; }

    /// <summary>Told of an asset that is gone, so that its players end.</summary>
    public Action<Asset> OnDeleted { get; set; } = _ => { };

    /// <summary>Ends with the engine.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>What is wrong with the directory, and since when; null while it can be used.</summary>
    public AssetTrouble? Trouble => _trouble;
    private volatile AssetTrouble? _trouble;

    /// <summary>Looks at the directory. A desk whose directory cannot be used takes nothing until a <see cref="Look"/> finds that it can.</summary>
    public static AssetDesk Open(AssetsConfig config, ILogger log)
    {
        var library = new AssetLibrary(new AssetOptions
        {
            Path = config.Path,
            BytesMax = config.SizeBytes,
            AssetBytesMax = config.AssetSizeBytes,
            KeepIncompleteNs = config.IncompleteNs,
        });
        var desk = new AssetDesk(config, library, log);
        desk.Look();
        return desk;
    }

    /// <summary>Whether the directory can be used now; waits for the disk. True when it could not the last time.</summary>
    public bool Look()
    {
        var (before, wrong) = (_trouble, Library.Open());
        if (wrong is null)
            _trouble = null;
        else if (before?.What != wrong)
            _trouble = new AssetTrouble(wrong, before?.Since ?? SystemClock.WallNow.ToDateTimeOffset());
        if (wrong is not null && before is null)
            Log.AssetsUnavailable(Config.Path, wrong);
        return wrong is null && before is not null;
    }

    /// <summary>Does what waits for the disk, one after the other.</summary>
    public Task<T> OnDiskAsync<T>(Func<T> work) => _disk.StartNew(work, CancellationToken.None);

    public Task OnDiskAsync(Action work) => _disk.StartNew(work, CancellationToken.None);

    /// <summary>Runs a transfer that nobody waits for; it is waited for at the end.</summary>
    public void Run(Func<Task> transfer)
    {
        var task = Task.Run(transfer);
        lock (_lock)
            _running.Add(task);
        _ = task.ContinueWith(Forget, TaskScheduler.Default);
    }

    /// <summary>Grants the writing of an asset; null with the problem when it does not. The work ends with <see cref="EndAsync"/>.</summary>
    public async Task<(AssetWork? Work, AssetProblem Problem)> BeginAsync(AssetMeta wish, bool isNew)
    {
        if (Interlocked.Increment(ref Counters.Running) > Config.Transfers)
            return Refused(new(503, "Too many transfers", $"The limit of {Config.Transfers} uploads, pulls and recordings at a time is reached."));
        if (Trouble is { } trouble)
            return Refused(new(503, "The assets cannot be used", $"Their directory on the engine's machine cannot be written: {trouble.What}"));
        var (work, problem) = await OnDiskAsync(() => Begin(wish, isNew));
        return work is null ? Refused(problem) : (work, default);
    }

    /// <summary>Gives the writing back.</summary>
    public async Task EndAsync(AssetWork work, bool isKeptOpen)
    {
        await OnDiskAsync(() => AssetLibrary.End(work.Asset, isKeptOpen));
        Interlocked.Decrement(ref Counters.Running);
    }

    /// <summary>Makes known how much there is of an asset that is not whole.</summary>
    public Task LookAsync(Asset asset) => OnDiskAsync(() =>
    {
        if (Library.TryBegin(asset.Meta, out var begun) != AssetRefusal.None)
            return;
        Library.Open(begun, out _);
        AssetLibrary.End(begun, isKeptOpen: true);
    });

    /// <summary>Takes an asset away; its players end.</summary>
    public Task<bool> TryDeleteAsync(string name) => OnDiskAsync(() =>
    {
        if (Library.TryFind(name) is not { } asset || !Library.TryDelete(name))
            return false;
        OnDeleted(asset);
        Interlocked.Increment(ref Counters.Deleted);
        Log.AssetDeleted(name);
        return true;
    });

    /// <summary>Once a minute.</summary>
    public void Sweep() => OnDiskAsync(() =>
    {
        foreach (var name in Library.Sweep(SystemClock.Now, OpenNs))
            Log.AssetExpired(name);
    });

    public IReadOnlyList<AssetStatus> Status() => [.. Library.All.Select(Status)];

    public static AssetStatus Status(Asset asset)
    {
        var meta = asset.Meta;
        return new AssetStatus
        {
            Name = asset.Name,
            State = meta.State == AssetState.Complete ? "complete" : asset.IsBusy ? "writing" : "incomplete",
            Origin = meta.Origin switch { AssetOrigin.Pull => "pull", AssetOrigin.Recording => "recording", _ => "upload" },
            Source = meta.Source.Length > 0 ? meta.Source : null,
            Format = meta.Format.Length > 0 ? meta.Format : null,
            Media = asset.Media is { } media ? $"{media.Encoding}/{media.ClockRate}" : null,
            Bytes = asset.Bytes,
            Length = meta.Length,
            Seconds = asset.DurationNs / 1e9,
            From = asset.BeginWallNs > 0 ? new WallTime(asset.BeginWallNs).ToDateTimeOffset() : null,
            Digest = meta.Sha256 is { } sha256 ? UploadRequest.Format(Convert.FromBase64String(sha256)) : null,
            Created = meta.Created,
            Players = asset.Players,
            Problem = meta.Problem,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] running;
        lock (_lock)
            running = [.. _running];
        await Task.WhenAll(running);
        await OnDiskAsync(() =>
        {
            foreach (var asset in Library.All)
                AssetLibrary.Close(asset);
        });
        _stop.Dispose();
    }

    private (AssetWork? Work, AssetProblem Problem) Begin(AssetMeta wish, bool isNew)
    {
        if (isNew && Library.TryFind(wish.Name) is { State: AssetState.Incomplete, IsBusy: false } old && Library.TryDelete(wish.Name))
            OnDeleted(old);
        var refusal = Library.TryBegin(wish, out var asset);
        if (refusal != AssetRefusal.None)
            return (null, ProblemOf(refusal));
        if (Library.Open(asset, out var writer) is not { } wrong)
            return (new AssetWork(this, asset, writer), default);
        AssetLibrary.End(asset, isKeptOpen: false);
        return (null, new(507, "The asset cannot be written", $"{wrong}."));
    }

    private (AssetWork? Work, AssetProblem Problem) Refused(AssetProblem problem)
    {
        Interlocked.Decrement(ref Counters.Running);
        Interlocked.Increment(ref Counters.Refused);
        return (null, problem);
    }

    public AssetProblem ProblemOf(AssetRefusal refusal) => refusal switch
    {
        AssetRefusal.BadName => new(400, "Not a name for an asset",
            "A name has 1 to 64 letters, digits, dots, underscores and hyphens, does not begin with a dot, and does not end with .ts, .m3u or .sdp."),
        AssetRefusal.Exists => new(409, "The asset is there already", "DELETE it first, or choose another name."),
        AssetRefusal.Busy => new(409, "The asset is being written", "Somebody uploads, pulls or records it now."),
        AssetRefusal.TooLarge => new(413, "The asset is too large", $"An asset may have {Quantities.FormatSize(Config.AssetSizeBytes)}."),
        _ => new(507, "No room for the asset", $"The assets may have {Quantities.FormatSize(Config.SizeBytes)} together: delete some."),
    };

    private void Forget(Task task)
    {
        lock (_lock)
            _running.Remove(task);
        if (task.Exception is { } fault)
            Log.TransferFailed(fault);
    }
}
