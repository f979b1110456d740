using System.Text;
using Sluice.Control.Access;
using Sluice.Linux;

namespace Sluice.Tests.Control.Access;

public class NonceMintTests
{
    private readonly NonceMint _mint = new();

    [Fact]
    public void KnowsItsOwnAndWhatTheySay()
    {
        var text = _mint.Issue(7, new MonotonicTime(1234));
        Assert.True(_mint.TryRead(Encoding.ASCII.GetBytes(text), out var nonce));
        Assert.Equal(new Nonce(1234, 7), nonce);
    }

    [Fact]
    public void NoTwoAreOfTheSameInstant() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => _mint.Issue(7, new MonotonicTime(1234))).Distinct().Count());

    [Fact]
    public void KnowsNothingThatWasChangedAnywhere()
    {
        var text = Encoding.ASCII.GetBytes(_mint.Issue(7, new MonotonicTime(1234)));
        for (var i = 0; i < text.Length; i++)
        {
            var changed = (byte[])text.Clone();
            changed[i] = changed[i] == (byte)'A' ? (byte)'B' : (byte)'A';
            // The last character holds four bits that decode to nothing: a change of those is no change.
            Assert.False(_mint.TryRead(changed, out var nonce) && (i < text.Length - 1 || nonce != new Nonce(1234, 7)), $"character {i}");
        }
        Assert.False(_mint.TryRead(text.AsSpan(1), out _));
        Assert.False(_mint.TryRead(default, out _));
    }

    [Fact]
    public void KnowsNothingOfAnotherProcess() =>
        Assert.False(_mint.TryRead(Encoding.ASCII.GetBytes(new NonceMint().Issue(7, new MonotonicTime(1234))), out _));
}
