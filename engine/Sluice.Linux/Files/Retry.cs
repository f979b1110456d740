namespace Sluice.Linux;

/// <summary>Calls that a signal may interrupt, repeated until they say something else. Not for the packet path.</summary>
internal static class Retry
{
    /// <summary>Returns the call's result, or -errno.</summary>
    internal static int OnInterrupt<T>(T what, long argument, Func<T, long, int> call)
    {
        while (true)
        {
            var result = call(what, argument);
            if (result >= 0) return result;
            var refused = Libc.NegativeErrno();
            if (refused != -Errno.EINTR) return refused;
        }
    }

    /// <inheritdoc cref="OnInterrupt{T}(T, long, Func{T, long, int})"/>
    internal static int OnInterrupt<T>(T what, int argument, Func<T, int, int> call)
    {
        while (true)
        {
            var result = call(what, argument);
            if (result >= 0) return result;
            var refused = Libc.NegativeErrno();
            if (refused != -Errno.EINTR) return refused;
        }
    }
}
