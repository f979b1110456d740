using System.Buffers;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>The writing of one asset, while one transfer has it. One caller at a time.</summary>
internal sealed class AssetWork(AssetDesk desk, Asset asset, AssetWriter writer)
{
    public Asset Asset => asset;
    public AssetWriter Writer => writer;

    /// <summary>Bytes that need not come again.</summary>
    public long Taken => writer.Taken;

    /// <summary>Takes bytes and gives them to the kernel; what is wrong afterwards, or nothing.</summary>
    public Task<AssetProblem?> TakeAsync(ReadOnlySequence<byte> bytes) => desk.OnDiskAsync(() => Take(bytes));

    /// <summary>Changes what is known of the asset.</summary>
    public Task SaveAsync(AssetMeta meta) => desk.OnDiskAsync(() => { asset.Save(meta); });

    /// <summary>The sender goes: what came is put away.</summary>
    public Task ParkAsync() => desk.OnDiskAsync(() =>
    {
        writer.Park(SystemClock.Now);
        asset.Note(writer);
        if (Described(asset.Meta) is var meta && meta != asset.Meta)
            asset.Save(meta);
    });

    /// <summary>The file is whole. What is wrong with it, or nothing; when it is not what was announced, it is gone.</summary>
    public Task<AssetProblem?> FinishAsync() => desk.OnDiskAsync(Finish);

    /// <summary>It is not to be: all of it goes.</summary>
    public Task DiscardAsync() => desk.OnDiskAsync(Discard);

    private AssetProblem? Take(ReadOnlySequence<byte> bytes)
    {
        var refusal = desk.Library.MayGrow(asset, bytes.Length);
        if (refusal != AssetRefusal.None)
            return desk.ProblemOf(refusal);
        var said = AssetWrite.Ok;
        foreach (var piece in bytes)
            said = said == AssetWrite.Ok ? writer.Take(piece.Span) : said;
        said = said == AssetWrite.Ok ? writer.Flush(SystemClock.Now) : said;
        Interlocked.Add(ref desk.Counters.Bytes, bytes.Length);
        asset.Note(writer);
        return Judge(said);
    }

    private AssetProblem? Finish()
    {
        if (asset.Meta.Length is { } length && length != writer.Taken)
            return new(400, "Not the announced length", $"{length} bytes were announced and {writer.Taken} came.");
        if (Judge(writer.Finish(SystemClock.Now)) is { } problem)
            return problem;
        var sha256 = Convert.ToBase64String(writer.Sha256());
        if (asset.Meta.WishedSha256 is { } wished && wished != sha256)
        {
            Discard();
            return new(422, "Not the announced digest", $"The digest of what came is sha-256=:{sha256}:; it is thrown away.");
        }
        asset.Note(writer);
        var meta = Described(asset.Meta) with { Sha256 = sha256, Length = writer.Taken };
        if (AssetLibrary.Complete(asset, meta) is < 0 and var error)
            return new(507, "The asset cannot be written", $"The disk refuses: {Errno.Name(-error)}.");
        Interlocked.Increment(ref desk.Counters.Completed);
        desk.Log.AssetComplete(asset.Name, writer.Taken, writer.DurationNs / 1e9);
        return null;
    }

    private AssetProblem? Judge(AssetWrite said)
    {
        if (said == AssetWrite.Ok)
            return null;
        Interlocked.Increment(ref desk.Counters.Failed);
        if (said == AssetWrite.DiskFailed)
            return new(507, "The asset cannot be written", $"{writer.Wrong}; what came so far stays and can be gone on with.");
        var wrong = writer.Wrong!;
        Discard();
        return new(422, "The file cannot be an asset", $"{wrong}.");
    }

    private void Discard()
    {
        desk.Library.Discard(asset);
        desk.OnDeleted(asset);
    }

    private AssetMeta Described(AssetMeta meta) => meta with
    {
        Format = asset.Meta.Origin == AssetOrigin.Recording ? "MPEG-TS" : writer.Format,
        Media = writer.Taken > 0 ? writer.MediaNow : null,
        DurationNs = writer.DurationNs,
        BeginWallNs = writer.FirstWallNs ?? 0,
    };
}
