using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Tests.Wire.Rtsp;

public class RtspUrlTests
{
    /// <summary>As received, as we write it, meaning.</summary>
    public static TheoryData<string, string, RtspUrl> Cases => new()
    {
        { "rtsp://h/assets/clip-1.x/trackID=0", "rtsp://h/assets/clip-1.x/trackID=0", new("h", 554, "assets/clip-1.x", 0) },
        { "rtsp://h/demo", "rtsp://h/demo", new("h", 554, "demo", null) },
        { "RTSP://Host.example:8554/Demo/", "rtsp://Host.example:8554/Demo", new("Host.example", 8554, "Demo", null) },
        { "rtsp://[::1]:8554/a.b_c-d", "rtsp://[::1]:8554/a.b_c-d", new("[::1]", 8554, "a.b_c-d", null) },
        { "rtsp://[2001:db8::1]", "rtsp://[2001:db8::1]/", new("[2001:db8::1]", 554, null, null) },
        { "rtsp://h", "rtsp://h/", new("h", 554, null, null) },
        { "rtsp://h/?x=y", "rtsp://h/", new("h", 554, null, null) },
        { "rtsp://h/demo?src=1&freq=11954", "rtsp://h/demo", new("h", 554, "demo", null) },
        { "rtsp://h/demo/trackID=0", "rtsp://h/demo/trackID=0", new("h", 554, "demo", 0) },
        { "rtsp://h/demo/stream=0", "rtsp://h/demo/trackID=0", new("h", 554, "demo", 0) },
        { "rtsp://h/demo/streamid=1/", "rtsp://h/demo/trackID=1", new("h", 554, "demo", 1) },
        { "rtsp://h/demostream=0", "rtsp://h/demo/trackID=0", new("h", 554, "demo", 0) },
        { "rtsp://h/demotrackid=2", "rtsp://h/demo/trackID=2", new("h", 554, "demo", 2) },
        { "rtsp://h:8554/stream=0", "rtsp://h:8554/trackID=0", new("h", 8554, null, 0) },
        { "rtsp://h/%64em%6F", "rtsp://h/demo", new("h", 554, "demo", null) },
        { "rtsp://h/%2564emo", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },    // decoded once
        { "rtsp://h/a/b", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/a/../b", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/..", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/..%2f..%2fetc", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/%00", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/a;/b", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/a\\b", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/%C0%AE", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/a%0d%0aX:y", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsp://h/stream=1000", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
        { "rtsps://h/demo", "rtsps://h/demo", new("h", 322, "demo", null, IsTls: true) },
        { "RTSPS://h:8322/demo/trackID=0", "rtsps://h:8322/demo/trackID=0", new("h", 8322, "demo", 0, IsTls: true) },
        { "rtsps://h:554/", "rtsps://h:554/", new("h", 554, null, null, IsTls: true) },
        { "rtsp://h/demo/foo=0", "rtsp://h/", new("h", 554, null, null, IsForeign: true) },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ReadsAndWrites(string received, string written, RtspUrl meaning)
    {
        Assert.True(RtspUrl.TryParse(Encoding.Latin1.GetBytes(received), out var url));
        Assert.Equal(meaning, url);
        Assert.Equal(written, url.ToString());
        Assert.True(RtspUrl.TryParse(Encoding.ASCII.GetBytes(written), out var again));
        Assert.Equal(meaning with { IsForeign = false }, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("/demo")]
    [InlineData("http://h/demo")]
    [InlineData("rtspu://h/demo")]
    [InlineData("rtsp:///demo")]
    [InlineData("rtsp://:8554/demo")]
    [InlineData("rtsp://h:/demo")]
    [InlineData("rtsp://h:0/demo")]
    [InlineData("rtsp://h:65536/demo")]
    [InlineData("rtsp://h:+1/demo")]
    [InlineData("rtsp://user:secret@h/demo")]
    [InlineData("rtsp://h h/demo")]
    [InlineData("rtsp://[::1/demo")]
    [InlineData("rtsp://[]/demo")]
    [InlineData("rtsp://[::1]x/demo")]
    [InlineData("rtsp://h/%")]
    [InlineData("rtsp://h/%4")]
    [InlineData("rtsp://h/%zz")]
    public void Refuses(string received) => Assert.False(RtspUrl.TryParse(Encoding.Latin1.GetBytes(received), out _));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void ANameHasAtMost64Characters(int length, bool named)
    {
        Assert.True(RtspUrl.TryParse(Encoding.ASCII.GetBytes("rtsp://h/" + new string('n', length) + "/trackID=0"), out var url));
        Assert.Equal(named, url.Channel is not null);
        Assert.Equal(!named, url.IsForeign);
    }

    [Fact]
    public void ReadsDamagedUrlsWithoutThrow()
    {
        byte[][] seeds = [.. Cases.Select(row => Encoding.Latin1.GetBytes((string)row[0]))];
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var bytes = Mutator.Damage(seeds[random.Next(seeds.Length)], random);
            if (!RtspUrl.TryParse(bytes, out var url) || url.Channel is not { } name)
                continue;
            var own = name.StartsWith("assets/", StringComparison.Ordinal) ? name["assets/".Length..] : name;
            Assert.True(RtspUrl.IsChannelName(Encoding.ASCII.GetBytes(own)), $"seed {seed}: {name}");
        }
    }
}
