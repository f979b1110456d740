using FsCheck;
using FsCheck.Fluent;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class Crc32CTests
{
    // RFC 3720 appendix B.4, and the check value that every catalogue of CRCs gives for "123456789".
    public static TheoryData<byte[], uint> Vectors => new()
    {
        { "123456789"u8.ToArray(), 0xE306_9283 },
        { new byte[32], 0x8A91_36AA },
        { [.. Enumerable.Repeat((byte)0xFF, 32)], 0x62A8_AB43 },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46DD_794E },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))], 0x113F_DB5C },
    };

    [Theory, MemberData(nameof(Vectors))]
    public void GivesTheStandardsValues(byte[] bytes, uint crc)
    {
        Assert.Equal(crc, Crc32C.Compute(bytes));
        Assert.Equal(crc, ~Crc32C.ByTable(bytes, ~0u));
    }

    // Every length to beyond what goes in one round of lanes, and seeds.
    [Fact]
    public void EveryLengthAgreesWithTheTable()
    {
        var bytes = new byte[30_000];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length < bytes.Length; length += length < 3_000 ? 1 : 97)
        {
            var some = bytes.AsSpan(length % 7, Math.Min(length, bytes.Length - 7));
            Assert.Equal(~Crc32C.ByTable(some, ~(uint)length), Crc32C.Compute(some, (uint)length));
        }
    }

    [Fact]
    public void InstructionsTableAndPiecesAgree() => Prop.ForAll<byte[], byte>((bytes, cut) =>
    {
        var at = bytes.Length == 0 ? 0 : cut % bytes.Length;
        var whole = Crc32C.Compute(bytes);
        return whole == ~Crc32C.ByTable(bytes, ~0u) && whole == Crc32C.Compute(bytes.AsSpan(at), Crc32C.Compute(bytes.AsSpan(0, at)));
    }).QuickCheckThrowOnFailure();
}
