namespace Sluice.Tests.Wire.RandomAccess;

/// <summary>Random payloads of every length up to 64, and of every first byte.</summary>
internal static class AnyPayload
{
    private const int Seed = 7, Rounds = 20_000;

    public delegate void Reader(ReadOnlySpan<byte> payload);

    public static void Try(Reader read)
    {
        var random = new Random(Seed);
        var bytes = new byte[64];
        for (var i = 0; i < Rounds; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = (byte)i;
            read(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        }
    }
}
