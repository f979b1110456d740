using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Linux;

namespace Sluice.Host.Commands.Keep;

/// <summary>One line on standard error that says how far long work is, twice a second; nothing when no person sees it.</summary>
/// <param name="error">Standard error.</param>
/// <param name="what">What is being done, as "verified".</param>
/// <param name="totalBytes">All there is to do; 0 when nobody knows.</param>
/// <param name="isShown">Whether a person looks.</param>
internal sealed class Progress(TextWriter error, string what, long totalBytes, bool isShown)
{
    private const long EveryNs = 500_000_000;

    private readonly MonotonicTime _began = SystemClock.Now;
    private long _shownNs = SystemClock.Now.Ns;
    private int _width;

    public static Progress For(TextWriter error, string what, long totalBytes) => new(error, what, totalBytes, !Console.IsErrorRedirected);

    public void Tell(long bytes)
    {
        var now = SystemClock.Now.Ns;
        if (!isShown || now - _shownNs < EveryNs)
            return;
        _shownNs = now;
        var part = totalBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {Size(totalBytes)} ({100.0 * bytes / totalBytes:0} %)") : "";
        var line = string.Create(CultureInfo.InvariantCulture, $"{what} {Size(bytes)}{part}, {bytes / 1e6 / ((now - _began.Ns) / 1e9):0} MB/s");
        error.Write("\r" + line.PadRight(_width));
        _width = line.Length;
    }

    /// <summary>Takes the line away.</summary>
    public void Done()
    {
        if (_width > 0)
            error.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    /// <summary>Bytes as people read them.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 10L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB"),
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}
