using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class MailboxTests
{
    [Theory, MemberData(nameof(Seeds.Few), MemberType = typeof(Seeds))]
    public void BehavesLikeABoundedQueue(int seed)
    {
        var random = new Random(seed);
        var capacity = 1 << random.Next(1, 6);
        var mailbox = new Mailbox<int>(capacity);
        var model = new Queue<int>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var fits = model.Count < capacity;
                Assert.Equal(fits, mailbox.TryPost(in step));
                if (fits)
                    model.Enqueue(step);
            }
            else
            {
                Assert.Equal(model.TryDequeue(out var expected), mailbox.TryTake(out var item));
                Assert.Equal(expected, item);
            }
            Assert.Equal(model.Count > 0, mailbox.HasMail);
        }
    }

    [Fact]
    public void TakesEveryPosterInItsOwnOrder()
    {
        const int posters = 3, each = 200_000;
        var mailbox = new Mailbox<(int Poster, int Number)>(64);
        var refused = 0;
        Action<CancellationToken> Post(int poster) => over =>
        {
            for (var i = 0; i < each; i++)
            {
                var item = (poster, i);
                while (!mailbox.TryPost(in item))
                {
                    Interlocked.Increment(ref refused);
                    TwoThreads.Yield(over);
                }
            }
        };
        TwoThreads.Run(Post(0), Post(1), Post(2), over =>
        {
            var next = new int[posters];
            for (var taken = 0; taken < posters * each;)
            {
                if (!mailbox.TryTake(out var item))
                {
                    TwoThreads.Yield(over);
                    continue;
                }
                if (next[item.Poster]++ != item.Number)
                    Assert.Fail($"poster {item.Poster}: {item.Number} out of order");
                taken++;
            }
        });
        Assert.False(mailbox.HasMail);
        Assert.True(refused > 0, "three posters must have filled 64 places at some time, or this was no stress");
    }

    [Fact]
    public void KeepsNothingAliveThatWasTaken()
    {
        var mailbox = new Mailbox<(object? Thing, int _)>(2);
        var thing = Fill(mailbox);
        GC.Collect();
        Assert.False(thing.IsAlive);
    }

    // Out of line, so that no local of the test keeps the object.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Fill(Mailbox<(object? Thing, int _)> mailbox)
    {
        var thing = new object();
        mailbox.TryPost((thing, 0));
        mailbox.TryTake(out _);
        return new WeakReference(thing);
    }

    [Fact]
    public void RefusesACapacityThatIsNoPowerOfTwo() => Assert.Throws<ArgumentException>(() => new Mailbox<int>(48));
}
