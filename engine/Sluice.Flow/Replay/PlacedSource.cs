using Sluice.Store;

namespace Sluice.Flow;

/// <summary>A packet of a source, with a copy of its payload.</summary>
public sealed record TakenPacket(ReplayPacket Packet, byte[] Payload)
{
    /// <summary>The source's next one; null when it has none now.</summary>
    public static TakenPacket? From(ReplaySource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.TryNext(out var packet, out var payload) == ReplayStatus.Packet ? new TakenPacket(packet, payload.ToArray()) : null;
    }
}

/// <summary>Some packets that were read already, then the rest of what they came from.</summary>
/// <param name="first">What comes first, oldest first.</param>
/// <param name="rest">In its place behind them; disposed with it.</param>
public sealed class PlacedSource(IEnumerable<TakenPacket> first, ReplaySource rest) : ReplaySource
{
    private readonly Queue<TakenPacket> _first = new(first);

    private bool _isRest;

    public override StoreCursor? Cursor => rest.Cursor;

    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        _isRest = !_first.TryDequeue(out var ready);
        if (ready is null)
            return rest.TryNext(out packet, out payload);
        packet = ready.Packet;
        payload = ready.Payload;
        return ReplayStatus.Packet;
    }

    /// <inheritdoc/>
    internal override bool TryPeekPlace(out RecordPlace place)
    {
        place = default;
        return _first.Count == 0 && rest.TryPeekPlace(out place);
    }

    /// <inheritdoc/>
    internal override ReplayStatus Take(in RecordMeta meta, int payloadBytes, out ReplayPacket packet) => rest.Take(in meta, payloadBytes, out packet);

    /// <inheritdoc/>
    internal override bool TryTell(out RecordPlace place, out RecordMeta meta)
    {
        (place, meta) = (default, default);
        return _isRest && rest.TryTell(out place, out meta);
    }

    protected override void Dispose(bool disposing)
    {
        rest.Dispose();
        base.Dispose(disposing);
    }
}
