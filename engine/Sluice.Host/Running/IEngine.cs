using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Host.Streams;

namespace Sluice.Host.Running;

/// <summary>
/// A running engine as the host sees it: what can be known, what can be asked, and its life. The data plane's threads
/// are behind it.
/// </summary>
internal interface IEngine : IEngineStatus, IEngineCommands, IAsyncDisposable
{
    /// <summary>
    /// Opens sockets, store and threads; called once. Throws <see cref="EngineStartException"/> with one clear sentence
    /// when the machine refuses what the configuration asks for.
    /// </summary>
    void Start();

    /// <summary>The engine as the RTSP listener sees it.</summary>
    IRtspEngine Rtsp { get; }

    /// <summary>Who may read and publish which channel; also for HTTP.</summary>
    IAccess Access { get; }

    AccessCounters AccessCounters { get; }

    /// <summary>The engine as the routes that stream over HTTP see it.</summary>
    IStreamEngine Streams { get; }

    /// <summary>Null without assets.</summary>
    Assets.EngineAssets? Assets { get; }

    /// <summary>Ends every client, each with its BYE, and waits until those are on their way; bounded by a second.</summary>
    Task LeaveAsync();

    // DisposeAsync: as LeaveAsync when that was not called, open segment sealed, threads joined; within a second.
}

/// <summary>Why the engine could not start, in one sentence for a person, with the exit code that says so to scripts.</summary>
internal sealed class EngineStartException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>
/// Makes an engine for a configuration; nothing is opened before <see cref="IEngine.Start"/>. Its send loops tell the pump
/// when frames wait in the rings of RTSP connections.
/// </summary>
internal delegate IEngine EngineFactory(EngineConfig config, IFramePump pump, ILoggerFactory logs);
