using System.Numerics;

namespace Sluice.Sim;

/// <summary>A running 64-bit hash of everything that clients received, when, and in which order: equal runs have equal hashes.</summary>
public struct TraceHash
{
    private const ulong First = 0x9E37_79B1_85EB_CA87, Second = 0xC2B2_AE3D_27D4_EB4F;

    private ulong _state;

    public TraceHash() => _state = 0x27D4_EB2F_1656_67C5;

    public readonly ulong Value
    {
        get
        {
            var x = _state;
            x = (x ^ (x >> 33)) * Second;
            x = (x ^ (x >> 29)) * First;
            return x ^ (x >> 32);
        }
    }

    public void Add(ulong value) => _state = BitOperations.RotateLeft(_state ^ (value * Second), 31) * First;

    public void Add(long timeNs, int client, uint sequenceAndKind, uint timestamp, long payloadId)
    {
        Add((ulong)timeNs);
        Add((ulong)(uint)client << 32 | sequenceAndKind);
        Add((ulong)timestamp << 32 ^ (ulong)payloadId);
    }
}
