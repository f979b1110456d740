using Sluice.Linux;

namespace Sluice.Host.Rtsp;

/// <summary>A connection as the <see cref="FramePump"/> sees it.</summary>
internal interface IFrameSink
{
    /// <summary>Pump thread: look whether something waits or has run out; must not block. Called at least twice a second.</summary>
    void Look(MonotonicTime now);
}
