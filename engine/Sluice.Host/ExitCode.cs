namespace Sluice.Host;

/// <summary>What the process ends with. Listed in <c>sluice --help</c>; scripts and units depend on it.</summary>
internal static class ExitCode
{
    /// <summary>All went well, a stop by SIGTERM or SIGINT included.</summary>
    public const int Ok = 0;

    /// <summary>Something failed that the configuration could not foresee; the last line says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration file is wrong.</summary>
    public const int Usage = 2;

    /// <summary>An address to listen on is taken, not ours, or not allowed.</summary>
    public const int CannotListen = 3;
}
