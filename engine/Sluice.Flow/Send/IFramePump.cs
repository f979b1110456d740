namespace Sluice.Flow;

/// <summary>
/// Who moves bytes from the connections' frame rings to the connections. Called at most once a pass by the send thread,
/// so it must only wake somebody.
/// </summary>
public interface IFramePump
{
    void OnFramesReady();
}
