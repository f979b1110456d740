using Sluice.Linux;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Links;

/// <summary>What rtnetlink tells of real devices in a namespace of their own, as an ordinary user.</summary>
public sealed class LinkWatchTests : IDisposable
{
    private const int TriesMax = 1_000;
    private readonly NetworkNamespace _place = new(), _other = new();
    private readonly List<LinkEvent> _events = [];

    public void Dispose()
    {
        _place.Dispose();
        _other.Dispose();
    }

    private LinkWatch Open() => _place.Run(() =>
    {
        Unprivileged.Become();
        Assert.True(LinkWatch.TryOpen(out var watch, out var error), error.Message);
        return watch!;
    });

    /// <summary>The first event that is wanted, of those that came since the last question.</summary>
    private LinkEvent Await(LinkWatch watch, Func<LinkEvent, bool> wanted)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            watch.Read(_events);
            var index = _events.FindIndex(link => wanted(link));
            if (index >= 0)
            {
                var found = _events[index];
                _events.RemoveRange(0, index + 1);
                return found;
            }
            ThreadControl.SleepUntil(SystemClock.Now + 10_000_000);
        }
        throw new TimeoutException($"not among: {string.Join("; ", _events)}");
    }

    [Fact]
    public void NamesEveryDeviceAtTheBeginningAndThenSaysSo()
    {
        NetworkNamespace.Connect(_place, "a0", _other, "b0");
        using var watch = Open();
        Await(watch, link => link.Kind == LinkEventKind.Listed);
        using var again = Open();
        var before = new List<LinkEvent>();
        for (var tries = 0; tries < TriesMax && !before.Exists(link => link.Kind == LinkEventKind.Listed); tries++)
        {
            again.Read(before);
            ThreadControl.SleepUntil(SystemClock.Now + 10_000_000);
        }
        Assert.Equal(["a0", "lo"], before.Where(link => link.Kind == LinkEventKind.Present).Select(link => link.Name).Distinct().Order());
        Assert.True(before.First(link => link.Name == "a0").IsRunning);
    }

    [Fact]
    public void TellsOfDownUpAndOfAddresses()
    {
        NetworkNamespace.Connect(_place, "a0", _other, "b0");
        using var watch = Open();
        Await(watch, link => link.Kind == LinkEventKind.Listed);
        _place.IpInside("link set dev a0 down");
        var down = Await(watch, link => link is { Kind: LinkEventKind.Present, Name: "a0", IsRunning: false });
        _place.IpInside("link set dev a0 up");
        Assert.Equal(down.Index, Await(watch, link => link is { Kind: LinkEventKind.Present, Name: "a0", IsRunning: true }).Index);
        _place.AddAddress("a0", "10.80.0.1/24");
        Assert.Equal(down.Index, Await(watch, link => link is { Kind: LinkEventKind.AddressAdded, IsIPv6: false }).Index);
        _place.AddAddress("a0", "fd80::1/64");
        Assert.Equal(down.Index, Await(watch, link => link is { Kind: LinkEventKind.AddressAdded, IsIPv6: true }).Index);
        _place.IpInside("address del 10.80.0.1/24 dev a0");
        Await(watch, link => link.Kind == LinkEventKind.AddressRemoved && link.Index == down.Index);
    }

    [Fact]
    public void ADeviceThatIsMadeAnewHasAnotherIndex()
    {
        NetworkNamespace.Connect(_place, "a0", _other, "b0");
        using var watch = Open();
        Await(watch, link => link.Kind == LinkEventKind.Listed);
        _place.IpInside("link delete dev a0");
        var gone = Await(watch, link => link is { Kind: LinkEventKind.Gone, Name: "a0" });
        NetworkNamespace.Connect(_place, "a0", _other, "b0");
        Assert.NotEqual(gone.Index, Await(watch, link => link is { Kind: LinkEventKind.Present, Name: "a0", IsRunning: true }).Index);
    }

    [Fact]
    public void AMessageThatIsCutShortIsNoEvent()
    {
        // A whole RTM_NEWLINK of 32 bytes for index 3, up and running, without attributes; then every prefix of it.
        byte[] whole = [32, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 0, 0, 0, 0x41, 0, 0, 0, 0, 0, 0, 0];
        ReadOnlySpan<byte> rest = whole;
        Assert.True(LinkEvent.TryRead(ref rest, out var read));
        Assert.Equal(new LinkEvent(LinkEventKind.Present, 3, "", IsRunning: true), read);
        Assert.True(rest.IsEmpty);
        for (var length = 0; length < whole.Length; length++)
        {
            ReadOnlySpan<byte> part = whole.AsSpan(0, length);
            Assert.False(LinkEvent.TryRead(ref part, out _));
        }
        // An attribute that claims to be longer than the message, and a length below the header's.
        byte[] lying = [40, .. whole[1..], 0xff, 0xff, 3, 0, (byte)'x', 0, 0, 0];
        rest = lying;
        Assert.True(LinkEvent.TryRead(ref rest, out read));
        Assert.Equal("", read!.Value.Name);
        rest = (byte[])[15, .. whole[1..]];
        Assert.False(LinkEvent.TryRead(ref rest, out _));
    }
}
