using System.Net;
using System.Text;
using Sluice.Control.Announce;
using Sluice.Wire.Sap;

namespace Sluice.Tests.Control.Announce;

/// <summary>When announcements and deletions go out, over virtual time.</summary>
public class SapBookTests
{
    private const long Second = 1_000_000_000, Hour = 3600 * Second;
    private static readonly SapPlace s_place = new(IPAddress.Parse("239.255.255.255"), "eth0", IPAddress.Parse("192.0.2.1"));

    private static SapSession Session(ulong client, string text = "v=0", SapPlace? place = null) =>
        new(client, place ?? s_place, Encoding.ASCII.GetBytes($"{text} {client}"));

    /// <summary>Runs the book by the second and notes what it sends.</summary>
    private static List<(long AtNs, SapSending Sending)> Run(SapBook book, long fromNs, long untilNs)
    {
        var sent = new List<(long, SapSending)>();
        for (var now = fromNs; now < untilNs; now += Second)
            while (book.TryTake(now, out var sending))
                sent.Add((now, sending));
        return sent;
    }

    [Fact]
    public void TheFirstAnnouncementsComeSoonAndTheRestRarely()
    {
        var book = new SapBook(300 * Second, seed: 1);
        book.Update([Session(1)], 0);
        var times = Run(book, 0, 4 * Hour).Select(s => s.AtNs / Second).ToArray();
        Assert.Equal([0, 2, 6, 14, 30, 62, 126, 254], times.Take(8));
        // RFC 2974 §3.1: 300 s give or take a third; our clock here has steps of a second.
        var gaps = times.Skip(8).Zip(times.Skip(9), (a, b) => b - a).ToArray();
        Assert.All(gaps, gap => Assert.InRange(gap, 200, 401));
        Assert.InRange(gaps.Average(), 270, 330);
        Assert.True(gaps.Distinct().Count() > 10, "announcers must not be in step");
    }

    [Fact]
    public void ManySessionsKeepToTheBandwidthOfTheirScope()
    {
        var book = new SapBook(Second, seed: 2);
        book.Update([.. Enumerable.Range(1, 100).Select(i => Session((ulong)i, new string('x', 400)))], 0);
        var sent = Run(book, 0, Hour);
        var bits = sent.Sum(s => 8L * s.Sending.Packet.Length);
        Assert.InRange(bits, 3600L * SapSchedule.BitsPerSecondMax * 8 / 10, 3600L * SapSchedule.BitsPerSecondMax + 8 * 1000);
        Assert.Equal(100, sent.Select(s => s.Sending.Client).Distinct().Count());
        // Nobody is forgotten: the RFC's interval for 100 × 440 bytes at 4,000 bit/s is 88 s, a third more at most, and the queue.
        Assert.All(sent.GroupBy(s => s.Sending.Client), g => Assert.InRange(g.Zip(g.Skip(1), (a, b) => b.AtNs - a.AtNs).Max(), 0, 200 * Second));
    }

    [Fact]
    public void AnotherScopeHasABandwidthOfItsOwn()
    {
        var book = new SapBook(300 * Second, seed: 3);
        var elsewhere = s_place with { Interface = "eth1" };
        book.Update([Session(1), Session(2), Session(3, place: elsewhere)], 0);
        Assert.True(book.TryTake(0, out var first));
        Assert.True(book.TryTake(0, out var second));
        Assert.False(book.TryTake(0, out _));
        Assert.Equal([s_place, elsewhere], new[] { first.Place, second.Place });
    }

    [Fact]
    public void WhatHasGoneIsDeletedOnceWithItsOwnId()
    {
        var book = new SapBook(300 * Second, seed: 4);
        book.Update([Session(1), Session(2)], 0);
        Assert.Equal(2, Run(book, 0, 2 * Second).Count);
        book.Update([Session(2)], 10 * Second);
        Assert.True(book.TryTake(10 * Second, out var deletion));
        Assert.True(SapPacket.TryParse(deletion.Packet, out var packet));
        Assert.True(packet.IsDeletion && deletion.IsDeletion);
        Assert.Equal((1ul, SapPacket.MessageIdOf("v=0 1"u8)), (deletion.Client, packet.MessageId));
        Assert.DoesNotContain(Run(book, 11 * Second, Hour), s => s.Sending.Client == 1);
        Assert.Equal(1, book.Count);
    }

    [Fact]
    public void WhatWasNeverAnnouncedIsNotDeleted()
    {
        var book = new SapBook(300 * Second, seed: 5);
        book.Update([Session(1)], 0);
        book.Update([], 0);
        Assert.False(book.TryTake(0, out _));
    }

    [Fact]
    public void AChangeIsAnnouncedAtOnceUnderAnotherId()
    {
        var book = new SapBook(300 * Second, seed: 6);
        book.Update([Session(1)], 0);
        Run(book, 0, 400 * Second);
        book.Update([Session(1, "v=0 changed")], 400 * Second);
        Assert.True(book.TryTake(400 * Second, out var sending));
        Assert.True(SapPacket.TryParse(sending.Packet, out var packet));
        Assert.Equal((false, true, SapPacket.MessageIdOf("v=0 changed 1"u8)), (packet.IsDeletion, sending.IsFirst, packet.MessageId));
    }

    [Fact]
    public void ASessionThatMovesIsDeletedWhereItWas()
    {
        var book = new SapBook(300 * Second, seed: 7);
        book.Update([Session(1)], 0);
        Run(book, 0, 2 * Second);
        var elsewhere = s_place with { From = IPAddress.Parse("192.0.2.9") };
        book.Update([Session(1, place: elsewhere)], 3 * Second);
        var sent = Run(book, 3 * Second, 4 * Second);
        Assert.Equal([(true, s_place), (false, elsewhere)], sent.Select(s => (s.Sending.IsDeletion, s.Sending.Place)));
    }
}
