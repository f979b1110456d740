using FsCheck;
using FsCheck.Fluent;

namespace Sluice.Tests.Kit;

/// <summary>
/// Feeds a reader with garbage: random bytes, and good examples with bytes flipped, cut and repeated. The one generated
/// value is a seed, so a failure names it and <see cref="FromSeed"/> gives the bytes again.
/// </summary>
internal static class AnyBytes
{
    public static void Check(IReadOnlyList<byte[]> examples, Action<byte[]> read, int cases = 20_000) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => read(FromSeed(seed, examples)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

    public static byte[] FromSeed(int seed, IReadOnlyList<byte[]> examples)
    {
        var random = new Random(seed);
        if (examples.Count == 0 || random.Next(4) == 0)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            return bytes;
        }
        var mutated = (byte[])examples[random.Next(examples.Count)].Clone();
        for (int flips = random.Next(6); flips > 0 && mutated.Length > 0; flips--)
        {
            // Heads decide more than tails: half of the flips hit the first 24 bytes.
            int range = random.Next(2) == 0 ? Math.Min(24, mutated.Length) : mutated.Length;
            mutated[random.Next(range)] = (byte)random.Next(256);
        }
        return random.Next(3) == 0 ? mutated[..random.Next(mutated.Length + 1)] : mutated;
    }
}
