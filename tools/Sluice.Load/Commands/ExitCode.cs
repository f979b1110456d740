namespace Sluice.Load.Commands;

/// <summary>What the process ends with; listed in <c>sluice-load --help</c>.</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A stated bound was broken, or nothing could be sent or received.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
