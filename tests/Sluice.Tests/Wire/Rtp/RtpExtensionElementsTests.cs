using Sluice.Tests.Kit;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>RFC 8285 §4.2 and §4.3.</summary>
public class RtpExtensionElementsTests
{
    public static TheoryData<ushort, string, string> Cases => new()   // profile, data, elements as id:hex
    {
        { 0xBEDE, "10AA21BBCC000030DD", "1:AA 2:BBCC 3:DD" },         // padding between elements
        { 0xBEDE, "10AAF0BB20CC", "1:AA" },                           // id 15 ends the walk
        { 0xBEDE, "10AA01BB20CC", "1:AA" },                           // id 0 with a length ends it too
        { 0xBEDE, "10AA2FBB", "1:AA" },                               // element longer than the rest
        { 0xBEDE, "", "" },
        { 0x1000, "0100020211220003", "1: 2:1122" },                  // empty element, cut element
        { 0x100F, "F001AA", "240:AA" },                               // application bits do not matter
        { 0x1000, "01FFAA", "" },
        { 0xABCD, "10AA", "" },                                       // another kind of extension
    };

    [Theory, MemberData(nameof(Cases))]
    public void WalksElements(ushort profile, string data, string expected)
    {
        var found = new List<string>();
        foreach (var element in new RtpExtensionElements(profile, Convert.FromHexString(data)))
            found.Add($"{element.Id}:{Convert.ToHexString(element.Data)}");
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void FindsTheNtpTimeThatARealPeerSends()
    {
        foreach (var vector in HexVector.Load("rtp/gst-pcmu-extension.hex"))
        {
            Assert.True(RtpPacket.TryParse(vector.Bytes, out var packet));
            var elements = packet.ExtensionElements.GetEnumerator();
            Assert.True(elements.MoveNext());
            Assert.Equal(5, elements.Current.Id);
            Assert.Equal(8, elements.Current.Data.Length);
            Assert.False(elements.MoveNext());
        }
    }
}
