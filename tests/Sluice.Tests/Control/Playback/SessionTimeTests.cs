using Sluice.Control.Playback;
using Sluice.Linux;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Playback;

public class SessionTimeTests
{
    private const long SecondNs = 1_000_000_000, NoonNs = 1_795_694_400 * SecondNs, DelayNs = 200_000_000;

    private static readonly MonotonicTime s_start = new(5_000 * SecondNs);

    public enum Begin { Fresh, Live, Kept, LivePaused, KeptPaused, Ended }

    private static MediaSpan Channel(MonotonicTime now) =>
        new(RangeUnit.Clock, NoonNs - (600 * SecondNs), NoonNs + (now.Ns - s_start.Ns), HasScales: true);

    private static MediaSpan Asset() => new(RangeUnit.Npt, 0, 100 * SecondNs, IsGrowing: false);

    private static PlayAsk Ask(string text) => text.Length == 0 ? default
        : RangeHeader.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out var range) ? new PlayAsk(range) : throw new ArgumentException(text);

    // Ten seconds in the state, of which a paused one has played three.
    private static (SessionTime Time, bool IsPlaying) In(Begin state, MediaSpan? span)
    {
        var time = new SessionTime { DelayNs = DelayNs };
        if (state == Begin.Fresh)
            return (time, false);
        var kept = span is { IsChannel: true } ? NoonNs - (60 * SecondNs) : 10 * SecondNs;
        var isLive = state is Begin.Live or Begin.LivePaused;
        time.Start(isLive ? PlayPlace.Live : new PlayPlace(IsLive: false, kept), kept, span, s_start);
        if (state is Begin.LivePaused or Begin.KeptPaused)
            time.Pause(span is { IsChannel: true } ? Channel(s_start + (3 * SecondNs)) : span, s_start + (3 * SecondNs));
        if (state == Begin.Ended)
            time.End();
        return (time, state is Begin.Live or Begin.Kept);
    }

    /// <summary>Every state and everything that can be asked of a channel with a window. "-60" is noon less 60 s; "=" is exactly the next packet.</summary>
    [Theory]
    [InlineData(Begin.Fresh, "", "live")]
    [InlineData(Begin.Fresh, "npt=0-", "live")]
    [InlineData(Begin.Fresh, "npt=30-40", "live")]
    [InlineData(Begin.Fresh, "npt=now-", "live")]
    [InlineData(Begin.Fresh, "clock=now-", "live")]
    [InlineData(Begin.Fresh, "clock=20261126T115900Z-", "-60")]
    [InlineData(Begin.Fresh, "clock=20261126T115900Z-20261126T115930Z", "-60 to -30")]
    [InlineData(Begin.Fresh, "clock=20261126T114955Z-", "-600")]                 // five seconds before the window: its beginning
    [InlineData(Begin.Fresh, "clock=20261126T114949Z-", "457")]
    [InlineData(Begin.Fresh, "clock=20261126T120011Z-", "live")]                 // now is 12:00:10
    [InlineData(Begin.Fresh, "clock=20261126T120013Z-", "457")]
    [InlineData(Begin.Fresh, "clock=20261126T115930Z-20261126T115930Z", "457")]
    [InlineData(Begin.Live, "", "on")]
    [InlineData(Begin.Live, "npt=now-", "on")]
    [InlineData(Begin.Live, "npt=100-", "on")]                                   // that is not yet
    [InlineData(Begin.Live, "npt=2-", "1.8")]                                    // where it began, less its delay, and 2 s
    [InlineData(Begin.Live, "clock=20261126T115900Z-", "-60")]
    [InlineData(Begin.Live, "clock=-20261126T115900Z", "457")]
    [InlineData(Begin.Kept, "", "on")]
    [InlineData(Begin.Kept, "npt=now-", "live")]
    [InlineData(Begin.Kept, "npt=20-", "-40")]
    [InlineData(Begin.Kept, "npt=0-5", "-60 to -55")]
    [InlineData(Begin.Kept, "clock=20261126T115800Z-", "-120")]
    [InlineData(Begin.Kept, "clock=-20261126T115955Z", "-50.2 to -5")]           // from where it is
    [InlineData(Begin.LivePaused, "", "=2.8")]
    [InlineData(Begin.LivePaused, "npt=2-", "=2.8")]                             // a player's own position, behind ours
    [InlineData(Begin.LivePaused, "npt=0-", "=2.8")]
    [InlineData(Begin.LivePaused, "npt=now-", "live")]
    [InlineData(Begin.LivePaused, "clock=20261126T115900Z-", "-60")]
    [InlineData(Begin.KeptPaused, "", "=-57.2")]
    [InlineData(Begin.KeptPaused, "npt=20-", "-40")]
    [InlineData(Begin.KeptPaused, "npt=now-", "live")]
    [InlineData(Begin.Ended, "", "live")]
    [InlineData(Begin.Ended, "npt=now-", "live")]
    [InlineData(Begin.Ended, "clock=20261126T115900Z-", "-60")]
    public void EveryPlayOfAChannelIsDefined(Begin state, string range, string expected)
    {
        var now = s_start + (10 * SecondNs);
        var (time, isPlaying) = In(state, Channel(s_start));
        Assert.Equal(expected, Text(time.Decide(Ask(range), Channel(now), isPlaying, now), NoonNs));
    }

    [Theory]
    [InlineData(Begin.Fresh, "", "0")]
    [InlineData(Begin.Fresh, "npt=0-", "0")]
    [InlineData(Begin.Fresh, "npt=-5", "0 to 5")]
    [InlineData(Begin.Fresh, "npt=99.5-", "99.5")]
    [InlineData(Begin.Fresh, "npt=100-", "457")]
    [InlineData(Begin.Fresh, "npt=now-", "457")]
    [InlineData(Begin.Fresh, "clock=20261126T115900Z-", "457")]
    [InlineData(Begin.Kept, "", "on")]
    [InlineData(Begin.Kept, "npt=50-", "50")]
    [InlineData(Begin.Kept, "npt=50-40", "457")]
    [InlineData(Begin.KeptPaused, "", "=12.8")]
    [InlineData(Begin.KeptPaused, "npt=12-", "12")]
    [InlineData(Begin.Ended, "", "0")]
    [InlineData(Begin.Ended, "npt=3-", "3")]
    public void EveryPlayOfAnAssetIsDefined(Begin state, string range, string expected)
    {
        var now = s_start + (10 * SecondNs);
        var (time, isPlaying) = In(state, Asset());
        Assert.Equal(expected, Text(time.Decide(Ask(range), Asset(), isPlaying, now), 0));
    }

    [Theory]
    [InlineData(Begin.Fresh, "", "live")]
    [InlineData(Begin.Fresh, "npt=30-", "live")]
    [InlineData(Begin.Fresh, "clock=20261126T115900Z-", "457")]
    [InlineData(Begin.Live, "", "on")]
    [InlineData(Begin.Live, "npt=0-", "on")]
    [InlineData(Begin.LivePaused, "", "live")]
    [InlineData(Begin.LivePaused, "npt=3-", "live")]
    [InlineData(Begin.LivePaused, "clock=20261126T115900Z-", "457")]
    public void WithoutAStoreThereIsOnlyNow(Begin state, string range, string expected)
    {
        var (time, isPlaying) = In(state, null);
        Assert.Equal(expected, Text(time.Decide(Ask(range), null, isPlaying, s_start + (10 * SecondNs)), NoonNs));
    }

    [Fact]
    public void WhoIsPausedForLongerThanTheWindowGoesOnWithTheOldest()
    {
        var (time, _) = In(Begin.KeptPaused, Channel(s_start));
        var now = s_start + (3_600 * SecondNs);
        var window = Channel(now) with { StartNs = NoonNs + (3_000 * SecondNs) };
        Assert.Equal("3000", Text(time.Decide(default, window, false, now), NoonNs));
        time.Start(new PlayPlace(IsLive: false, NoonNs, NoonNs + SecondNs), NoonNs, Channel(now), now);
        time.Pause(Channel(now), now);
        Assert.Equal("457", Text(time.Decide(default, window, false, now), NoonNs));     // of a range that has gone nothing is left to go on with
    }

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(1.9, 1)]
    [InlineData(2.0, 2)]
    [InlineData(7.5, 4)]
    [InlineData(100, 8)]
    [InlineData(-2.0, 1)]
    [InlineData(0.5, 1)]
    public void ScaleIsTheNextSmallerThatIsOffered(double asked, int chosen)
    {
        Assert.Equal(chosen, PlayRules.ScaleOf(asked, Asset() with { HasScales = true }));
        Assert.Equal(1, PlayRules.ScaleOf(asked, Asset()));
    }

    [Fact]
    public void TimeGoesOnByTheScaleAndStandsWhilePaused()
    {
        var time = new SessionTime { DelayNs = DelayNs };
        time.Start(new PlayPlace(IsLive: false, 10 * SecondNs, null, Scale: 4), 10 * SecondNs, Asset(), s_start);
        Assert.Equal("npt=10-100", time.RangeAt(s_start + DelayNs, Asset()).ToString());
        var later = s_start + DelayNs + (5 * SecondNs);
        Assert.Equal("npt=30-100", time.RangeAt(later, Asset()).ToString());
        time.Pause(Asset(), later);
        Assert.Equal("npt=30-100", time.RangeAt(later + (9 * SecondNs), Asset()).ToString());
        Assert.Equal("=30", Text(time.Decide(new PlayAsk(null, 4), Asset() with { HasScales = true }, false, later), 0));
        Assert.Equal("30", Text(time.Decide(default, Asset(), false, later), 0));        // at another speed it is another stream
    }

    /// <summary>Any order of anything: what is answered lies in what is there, and only who plays goes on.</summary>
    [Fact]
    public void NoOrderLeadsOutOfTheWindow()
    {
        string[] ranges = ["", "npt=0-", "npt=5-", "npt=now-", "clock=20261126T115900Z-", "clock=20261126T120005Z-20261126T120008Z", "clock=-20261126T120100Z"];
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var (time, isPlaying, now) = (new SessionTime { DelayNs = DelayNs }, false, s_start);
            for (var step = 0; step < 20; step++)
            {
                now += random.Next(20) * SecondNs / 2;
                var span = Channel(now);
                span = span with { StartNs = span.EndNs - (30 * SecondNs) };
                var decision = time.Decide(Ask(ranges[random.Next(ranges.Length)]), span, isPlaying, now);
                var told = $"seed {seed}, step {step}: {decision}";
                Assert.True(decision.Status != RtspStatus.Ok || decision.Place is not null || isPlaying, told);
                if (decision.Place is { } place)
                {
                    Assert.True(place.IsLive || (place.FromNs >= span.StartNs && place.FromNs <= span.EndNs && !(place.UntilNs < place.FromNs)), told);
                    time.Start(place, place.FromNs, span, now);
                    isPlaying = true;
                }
                if (isPlaying && random.Next(3) == 0)
                    time.Pause(span, now);
                else if (isPlaying && random.Next(5) == 0)
                    time.End();
                else
                    continue;
                isPlaying = false;
            }
        }
    }

    private static string Text(in PlayDecision decision, long zeroNs)
    {
        if (decision.Status != RtspStatus.Ok)
            return ((int)decision.Status).ToString();
        if (decision.Place is not { } place)
            return "on";
        if (place.IsLive)
            return "live";
        var until = place.UntilNs is { } end ? $" to {(end - zeroNs) / 1e9:0.###}" : "";
        return $"{(place.Resumes ? "=" : "")}{(place.FromNs - zeroNs) / 1e9:0.###}{until}";
    }
}
