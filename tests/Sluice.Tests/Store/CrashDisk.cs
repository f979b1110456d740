using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>
/// A disk in memory that loses power. What was written since a file's last sync, and names changed since the directory's, is lost, kept
/// or torn as the seed chooses: any part of it, in any order, in sectors of 512 bytes. Pages are never changed in place, so that a copy is cheap.
/// </summary>
internal sealed class CrashDisk : IStoreDisk
{
    private const int PageBytes = 4_096, SectorBytes = 512;

    private readonly Dictionary<string, Inode> _names = [];
    private readonly Dictionary<string, Inode> _durableNames = [];
    private readonly List<(string From, string? To, Inode? Made)> _pendingNames = [];

    /// <summary>Called after everything that changes the disk.</summary>
    public Action? Changed { get; set; }

    /// <summary>
    /// Says of a sync whether it fails, and by what chance: what was dirty is then clean in memory, and on the medium or not, as Linux has it.
    /// </summary>
    public Func<Random?> SyncFault { get; set; } = () => null;

    /// <summary>What is found after power came back.</summary>
    public CrashDisk Crash(Random random)
    {
        var after = new CrashDisk();
        var names = new Dictionary<string, Inode>(_durableNames);
        var isOrdered = random.Next(2) == 0;
        var kept = random.Next(_pendingNames.Count + 1);
        for (var i = 0; i < _pendingNames.Count; i++)
            if (isOrdered ? i < kept : random.Next(2) == 0)
                Apply(names, _pendingNames[i]);
        foreach (var (name, inode) in names)
            after._names[name] = after._durableNames[name] = inode.Crash(after, random);
        return after;
    }

    public bool TryCreate(string path, long bytes, out IStoreFile file, out LinuxError error)
    {
        (file, error) = (null!, _names.ContainsKey(path) ? new LinuxError(Errno.EEXIST, "open") : default);
        if (error.Errno != 0)
            return false;
        var inode = new Inode(this, bytes);
        Rename((path, null, inode));
        file = inode;
        return true;
    }

    public bool TryOpen(string path, bool write, out IStoreFile file, out LinuxError error)
    {
        var found = _names.TryGetValue(path, out var inode);
        (file, error) = (inode!, found ? default : new LinuxError(Errno.ENOENT, "open"));
        return found;
    }

    public IReadOnlyList<string> List(string directory, string suffix) =>
        [.. _names.Keys.Where(name => name.EndsWith(suffix, StringComparison.Ordinal))];

    public bool TryDelete(string path) => _names.ContainsKey(path) && Rename((path, null, null));

    public bool TryRename(string from, string to) => _names.ContainsKey(from) && !_names.ContainsKey(to) && Rename((from, to, null));

    public int SyncDirectory(string path)
    {
        _durableNames.Clear();
        foreach (var (name, inode) in _names)
            _durableNames[name] = inode;
        _pendingNames.Clear();
        Changed?.Invoke();
        return 0;
    }

    public bool TryTake(string directory, out IDisposable held, out StoreProblem problem)
    {
        (held, problem) = (new Inode(this, 0), default);
        return true;
    }

    private bool Rename((string From, string? To, Inode? Made) change)
    {
        Apply(_names, change);
        _pendingNames.Add(change);
        Changed?.Invoke();
        return true;
    }

    private static void Apply(Dictionary<string, Inode> names, (string From, string? To, Inode? Made) change)
    {
        if (change.Made is not null)
            names[change.From] = change.Made;
        else if (names.Remove(change.From, out var inode) && change.To is not null)
            names[change.To] = inode;
    }

    private sealed class Inode(CrashDisk disk, long length) : IStoreFile
    {
        private readonly List<(long Offset, byte[] Bytes)> _pending = [];
        private Dictionary<long, byte[]> _pages = [];
        private Dictionary<long, byte[]> _durablePages = [];
        private long _durableLength;

        public long Length { get; private set; } = length;

        public int WriteAt(ReadOnlySpan<byte> bytes, long offset)
        {
            Put(_pages, bytes, offset);
            Length = Math.Max(Length, offset + bytes.Length);
            _pending.Add((offset, bytes.ToArray()));
            disk.Changed?.Invoke();
            return bytes.Length;
        }

        public int ReadAt(Span<byte> bytes, long offset)
        {
            var count = (int)Math.Clamp(Length - offset, 0, bytes.Length);
            for (var done = 0; done < count;)
            {
                var (page, at) = Math.DivRem(offset + done, PageBytes);
                var part = bytes.Slice(done, (int)Math.Min(count - done, PageBytes - at));
                if (_pages.TryGetValue(page, out var stored))
                    stored.AsSpan((int)at, part.Length).CopyTo(part);
                else
                    part.Clear();
                done += part.Length;
            }
            return count;
        }

        public int Sync()
        {
            if (disk.SyncFault() is { } random)
            {
                foreach (var (offset, bytes) in _pending)
                    Tear(_durablePages, bytes, offset, random);
                _pending.Clear();
                return -Errno.EIO;
            }
            foreach (var (offset, bytes) in _pending)
                Put(_durablePages, bytes, offset);
            _durableLength = Length;
            _pending.Clear();
            disk.Changed?.Invoke();
            return 0;
        }

        public int SetLength(long bytes)
        {
            Length = bytes;
            disk.Changed?.Invoke();
            return 0;
        }

        public MappedFile? Map() => null;

        public void Dispose() { }

        public Inode Crash(CrashDisk after, Random random)
        {
            var inode = new Inode(after, random.Next(2) == 0 ? Length : _durableLength) { _pages = new(_durablePages) };
            var (kind, cut) = (random.Next(4), random.Next(_pending.Count + 1));
            for (var i = 0; i < _pending.Count; i++)
            {
                var (offset, bytes) = _pending[kind == 3 ? _pending.Count - 1 - i : i];
                if (kind == 0 ? i < cut : random.Next(3) > 0)
                    Put(inode._pages, bytes, offset);
                else if (kind == 0 ? i == cut : random.Next(2) == 0)
                    Tear(inode._pages, bytes, offset, random);
            }
            (inode._durablePages, inode._durableLength) = (new(inode._pages), inode.Length);
            return inode;
        }

        // Each sector that the write touches is there or not.
        private static void Tear(Dictionary<long, byte[]> pages, byte[] bytes, long offset, Random random)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = (int)Math.Min(bytes.Length - done, SectorBytes - (offset + done) % SectorBytes);
                if (random.Next(2) == 0)
                    Put(pages, bytes.AsSpan(done, count), offset + done);
                done += count;
            }
        }

        private static void Put(Dictionary<long, byte[]> pages, ReadOnlySpan<byte> bytes, long offset)
        {
            while (!bytes.IsEmpty)
            {
                var (page, at) = Math.DivRem(offset, PageBytes);
                var count = (int)Math.Min(bytes.Length, PageBytes - at);
                var copy = pages.TryGetValue(page, out var before) ? (byte[])before.Clone() : new byte[PageBytes];
                bytes[..count].CopyTo(copy.AsSpan((int)at));
                pages[page] = copy;
                bytes = bytes[count..];
                offset += count;
            }
        }
    }
}
