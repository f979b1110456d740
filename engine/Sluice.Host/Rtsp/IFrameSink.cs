namespace Sluice.Host.Rtsp;

/// <summary>A connection's writer as the <see cref="FramePump"/> sees it.</summary>
internal interface IFrameSink
{
    /// <summary>Pump thread: look whether something waits; must not block. Called at least once a second.</summary>
    void WakeIfWaiting();
}
