namespace Sluice.Linux;

/// <summary>setsockopt and getsockopt with values instead of pointers.</summary>
internal static unsafe class SocketSetup
{
    internal static bool Set<T>(int fd, int level, int name, T value) where T : unmanaged =>
        Libc.setsockopt(fd, level, name, &value, (uint)sizeof(T)) == 0;   // sound: a local copy that outlives the call

    internal static bool Set(int fd, int level, int name, ReadOnlySpan<byte> value)
    {
        fixed (byte* start = value) return Libc.setsockopt(fd, level, name, start, (uint)value.Length) == 0;   // sound: pinned
    }

    internal static int Get(int fd, int level, int name)
    {
        int value;
        var length = (uint)sizeof(int);
        return Libc.getsockopt(fd, level, name, &value, &length) == 0 ? value : Libc.NegativeErrno();
    }
}
