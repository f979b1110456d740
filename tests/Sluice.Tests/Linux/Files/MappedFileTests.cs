using System.Net;
using Sluice.Linux;
using Sluice.Tests.Linux.Sockets;

namespace Sluice.Tests.Linux.Files;

public sealed class MappedFileTests : IDisposable
{
    private const int Pages = 8;
    private static readonly int PageBytes = Environment.SystemPageSize;
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly DataFile _file;
    private readonly MappedFile _mapped;

    public MappedFileTests()
    {
        Assert.True(DataFile.TryCreate(_path, Pages * PageBytes, out _file, out var error), error.Message);
        Assert.True(MappedFile.TryMap(_file, out _mapped, out error), error.Message);
    }

    [Fact]
    public void TheKernelSendsFromIt()
    {
        using var receiver = Loopback.Receiver();
        using var batch = new SendBatch(1, 1);
        Assert.Equal(7, _file.WriteAt("payload"u8, PageBytes + 3));
        Assert.Equal(Pages * PageBytes, _mapped.Length);
        Assert.Equal(0, _mapped.Populate(PageBytes + 3, 7));
        batch.BeginMessage(Loopback.To(receiver), 0);
        batch.AddPacket(0, _mapped.Address + PageBytes + 3, 7);
        Assert.Equal(1, receiver.SendBatch(batch, 0));
        Assert.Equal("payload"u8.ToArray(), Assert.Single(Loopback.Receive(receiver, 1)));
    }

    [Fact]
    public void PopulatingBeyondACutIsAnErrorAndNoSignal()
    {
        Assert.Equal(0, _mapped.Populate(0, _mapped.Length));
        Assert.Equal(0, _file.SetLength(2 * PageBytes));
        Assert.Equal(0, _mapped.Populate(0, 2 * PageBytes));
        Assert.Equal(-Errno.EFAULT, _mapped.Populate(0, _mapped.Length));
        Assert.Equal(-Errno.EFAULT, _mapped.Populate(5 * PageBytes, 1));
        Assert.Equal(0, _mapped.Forget(0, _mapped.Length));
    }

    [Fact]
    public void SendingFromBeyondACutIsAnErrorOfThatMessageOnly()
    {
        using var receiver = Loopback.Receiver();
        using var batch = new SendBatch(3, 3);
        _file.WriteAt("good"u8, 0);
        Assert.Equal(0, _file.SetLength(PageBytes));
        foreach (var offset in new[] { 0, 4 * PageBytes, 0 })
        {
            batch.BeginMessage(Loopback.To(receiver), 0);
            batch.AddPacket(0, _mapped.Address + offset, 4);
        }
        Assert.Equal(1, receiver.SendBatch(batch, 0));
        Assert.Equal(-Errno.EFAULT, receiver.SendBatch(batch, 1));
        Assert.Equal(1, receiver.SendBatch(batch, 2));
        Assert.Equal(["good"u8.ToArray(), "good"u8.ToArray()], Loopback.Receive(receiver, 2));
    }

    [Fact]
    public void TheMappingOutlivesTheFile()
    {
        _file.WriteAt("still"u8, 0);
        _file.Dispose();
        File.Delete(_path);
        Assert.Equal(0, _mapped.Populate(0, _mapped.Length));
    }

    [Fact]
    public void AnEmptyFileCannotBeMapped()
    {
        Assert.Equal(0, _file.SetLength(0));
        Assert.False(MappedFile.TryMap(_file, out _, out var error));
        Assert.Equal($"{_path} is empty (mmap: EINVAL)", error.Message);
    }

    public void Dispose()
    {
        _mapped.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
