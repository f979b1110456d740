using Sluice.Control.Links;
using Sluice.Linux;

namespace Sluice.Tests.Control.Links;

public class LinkBookTests
{
    private const long Ms = 1_000_000;

    private static LinkBook Listed(params (uint Index, string Name, bool IsRunning)[] devices)
    {
        var book = new LinkBook();
        foreach (var (index, name, isRunning) in devices)
            book.OnEvent(new LinkEvent(LinkEventKind.Present, index, name, isRunning), 0);
        book.OnEvent(new LinkEvent(LinkEventKind.Listed), 0);
        return book;
    }

    private static string[] Returned(LinkBook book, long nowNs) => book.TryTake(nowNs, out var names) ? [.. names.Order()] : [];

    [Fact]
    public void WhatWasThereAtTheBeginningHasNotComeBack()
    {
        var book = Listed((1, "lo", true), (2, "eth0", true));
        Assert.Equal(long.MaxValue, book.DueNs);
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 2, "eth0", IsRunning: true), 5 * Ms);     // statistics, an alias: nothing of ours
        Assert.Empty(Returned(book, 1_000 * Ms));
    }

    [Fact]
    public void ADeviceThatRunsAgainComesBackWhenItHasSettled()
    {
        var book = Listed((2, "eth0", true));
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 2, "eth0", IsRunning: false), 10 * Ms);
        Assert.Empty(Returned(book, 500 * Ms));
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 2, "eth0", IsRunning: true), 600 * Ms);
        Assert.Empty(Returned(book, 649 * Ms));
        Assert.Equal(["eth0"], Returned(book, 650 * Ms));
        Assert.Empty(Returned(book, 5_000 * Ms));
    }

    [Fact]
    public void ADeviceMadeAnewComesBackUnderItsName()
    {
        var book = Listed((2, "eth0", true));
        book.OnEvent(new LinkEvent(LinkEventKind.Gone, 2, "eth0"), 0);
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 9, "veth3", IsRunning: false), 10 * Ms);
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 9, "eth0", IsRunning: false), 11 * Ms);
        book.OnEvent(new LinkEvent(LinkEventKind.Present, 9, "eth0", IsRunning: true), 12 * Ms);
        Assert.Equal(["eth0"], Returned(book, 100 * Ms));
        Assert.Equal(["eth0"], book.Running);
    }

    [Fact]
    public void AnAddressMakesItsDeviceComeBackOnlyWhileItRuns()
    {
        var book = Listed((2, "eth0", true), (3, "eth1", false));
        book.OnEvent(new LinkEvent(LinkEventKind.AddressAdded, 2, IsIPv6: true), 0);
        book.OnEvent(new LinkEvent(LinkEventKind.AddressAdded, 3), 0);
        book.OnEvent(new LinkEvent(LinkEventKind.AddressAdded, 77), 0);
        Assert.Equal(["eth0"], Returned(book, 60 * Ms));
    }

    [Fact]
    public void ARowOfEventsPutsTheDecisionOffForABoundedTime()
    {
        var book = Listed((2, "eth0", true), (3, "eth1", true));
        for (long at = 0; at < 400; at += 20)
        {
            book.OnEvent(new LinkEvent(LinkEventKind.AddressAdded, at % 40 == 0 ? 2u : 3u), at * Ms);
            if (Returned(book, at * Ms) is { Length: > 0 } names)
            {
                Assert.Equal((300L, "eth0 eth1"), (at, string.Join(' ', names)));
                return;
            }
        }
        Assert.Fail("never decided");
    }

    [Fact]
    public void LostMessagesMeanEveryDevice()
    {
        var book = Listed((1, "lo", true), (2, "eth0", true), (3, "eth1", false));
        book.OnEvent(new LinkEvent(LinkEventKind.Unknown), 0);
        Assert.Equal(["eth0", "lo"], Returned(book, 60 * Ms));
    }
}
