using System.Text;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Wire.Rtsp.Headers;

public class SpeedHeaderTests
{
    /// <summary>As received, as we write it, meaning.</summary>
    public static TheoryData<string, string, SpeedHeader> Cases => new()
    {
        { "2.5", "2.5", new(2.5) },                            // RFC 2326 §12.35
        { "1.0 - 2.5", "1-2.5", new(1, 2.5) },                 // RFC 7826 §18.50
        { "1-1", "1", new(1) },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ReadsAndWrites(string received, string written, SpeedHeader meaning)
    {
        Assert.True(SpeedHeader.TryParse(Encoding.Latin1.GetBytes(received), out var header));
        Assert.Equal((meaning, written), (header, header.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("2-1")]
    [InlineData("1-x")]
    [InlineData("1e3")]
    [InlineData("1-2-3")]
    public void Refuses(string received) => Assert.False(SpeedHeader.TryParse(Encoding.Latin1.GetBytes(received), out _));
}
