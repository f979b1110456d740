namespace Sluice.Sim;

/// <summary>
/// What the checkers know of one source's last packets: which arrived at the engine, when, and when the first client had
/// each (its delay taken off). A window by packet id; ids that fell out of it are not known any more.
/// </summary>
public sealed class SourceTrack
{
    private const int Window = 8_192;

    private readonly long[] _ids = new long[Window];
    private readonly long[] _arrivalNs = new long[Window];
    private readonly long[] _referenceNs = new long[Window];

    public SourceTrack() => _ids.AsSpan().Fill(-1);

    public long Arrived { get; private set; }

    public void OnArrival(long id, long arrivalNs)
    {
        var cell = (int)id & (Window - 1);
        if (_ids[cell] == id)
            return;             // the second copy
        Arrived++;
        (_ids[cell], _arrivalNs[cell], _referenceNs[cell]) = (id, arrivalNs, 0);
    }

    public bool HasArrived(long id) => _ids[(int)id & (Window - 1)] == id;

    public long ArrivalNs(long id) => _arrivalNs[(int)id & (Window - 1)];

    /// <summary>When some client got the packet, without its delay; 0 until one has.</summary>
    public ref long ReferenceNs(long id) => ref _referenceNs[(int)id & (Window - 1)];
}
