namespace Sluice.Control;

/// <summary>Names one client row of the data plane. The generation tells it from later clients in the same row.</summary>
public readonly record struct ClientId(int Index, int Generation);
