using System.Globalization;

namespace Sluice.Store;

/// <summary>
/// The files of one channel: <c>lock</c>; segments <c>0000000000000001.seg</c> and up, each named by its number; and <c>0000000000000001.free</c>
/// and up, which only hold space that later segments will take. A channel of several tracks has a directory of its first one with a directory for
/// each of the others in it: <c>track1</c> and up.
/// </summary>
internal sealed class ChannelDirectory : IDisposable
{
    private readonly IDisposable _lock;

    private ChannelDirectory(string path, IStoreDisk disk, IDisposable held) => (Path, Disk, _lock) = (path, disk, held);

    public string Path { get; }
    public IStoreDisk Disk { get; }

    /// <summary>Makes the directory when it is missing and takes it for this process alone.</summary>
    public static bool TryOpen(string store, string channel, int track, IStoreDisk disk, out ChannelDirectory directory, out StoreProblem problem)
    {
        var path = System.IO.Path.Combine(store, LogOf(channel, track));
        var taken = disk.TryTake(path, out var held, out problem);
        directory = taken ? new ChannelDirectory(path, disk, held) : null!;
        return taken;
    }

    public string PathOf(ulong number) => PathOf(Path, number);
    public string FreePathOf(ulong number) => NameOf(Path, number, FreeSuffix);
    public static string PathOf(string directory, ulong number) => NameOf(directory, number, SegmentSuffix);

    /// <summary>Segment numbers present, ascending; empty when the directory cannot be read.</summary>
    public static ulong[] List(string directory, IStoreDisk disk) => List(directory, SegmentSuffix, disk);

    /// <summary>Numbers of the files that hold space, ascending.</summary>
    public ulong[] ListFree() => List(Path, FreeSuffix, Disk);

    public bool TryDelete(ulong number) => Disk.TryDelete(PathOf(number));

    /// <summary>Makes names created, changed and deleted so far durable. 0 or -errno.</summary>
    public int Sync() => Disk.SyncDirectory(Path);

    public void Dispose() => _lock.Dispose();

    /// <summary>Where below the store a track's log is; as people name it, too.</summary>
    public static string LogOf(string channel, int track) =>
        track == 0 ? channel : string.Create(CultureInfo.InvariantCulture, $"{channel}/{TrackPrefix}{track}");

    /// <summary>Names that can be nothing but one file name below the store (reliability: names are never joined to paths unchecked).</summary>
    public static bool IsName(string channel) =>
        channel.Length is > 0 and <= StoreLimits.ChannelNameMax && channel is not ("." or "..")
        && !channel.AsSpan().ContainsAnyExcept(NameCharacters);

    private static string NameOf(string directory, ulong number, string suffix) =>
        System.IO.Path.Combine(directory, number.ToString("D16", CultureInfo.InvariantCulture) + suffix);

    private static ulong[] List(string directory, string suffix, IStoreDisk disk)
    {
        var numbers = new List<ulong>();
        foreach (var path in disk.List(directory, suffix))
            if (ulong.TryParse(System.IO.Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, null, out var number)
                && number is > 0 and < NumberMax && NameOf(directory, number, suffix) == path)
                numbers.Add(number);
        numbers.Sort();
        return [.. numbers];
    }

    internal const string TrackPrefix = "track";

    private const string SegmentSuffix = ".seg", FreeSuffix = ".free";
    private const ulong NumberMax = 10_000_000_000_000_000; // 16 digits, so that names sort as numbers do

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}
