using Sluice.Control.Playlists;

namespace Sluice.Tests.Control.Playlists;

public class ExtendedM3uTests
{
    [Fact]
    public void HasTwoLinesAnEntry() => Assert.Equal("""
        #EXTM3U
        #EXTINF:-1 tvg-id="news" tvg-name="News HD",News HD
        http://tv/channels/news.ts
        #EXTINF:-1 tvg-id="sport" tvg-name="Sport",Sport
        http://tv/channels/sport.ts

        """.ReplaceLineEndings("\n"),
        ExtendedM3u.Write([new("news", "News HD", "http://tv/channels/news.ts"), new("sport", "Sport", "http://tv/channels/sport.ts")]));

    [Fact]
    public void AChannelWithAPastSaysHowItIsAskedFor()
    {
        var text = ExtendedM3u.Write([new("news", "News", "http://tv/channels/news.ts", Catchup.Of("http://tv/channels/news.ts", 90_000_000_000_000))]);
        Assert.Contains(" catchup=\"default\" catchup-source=\"http://tv/channels/news.ts?start=${start}&end=${end}\" catchup-days=\"2\",News\n", text);
        Assert.Equal(1, Catchup.Of("http://tv/a", 0).Days);
    }

    [Fact]
    public void ANameCannotMakeALineOrAnAttribute()
    {
        var text = ExtendedM3u.Write([new("a", "x\" group=\"y\r\n#EXTINF:-1,evil\u2028z", "http://tv/a")]);
        Assert.Equal(3, text.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("tvg-name=\"x' group='y  #EXTINF:-1,evil z\",", text);
    }
}
