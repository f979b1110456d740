using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Sluice.Host.Memory;

namespace Sluice.Tests.Host.Memory;

public class SocketBlocksTests
{
    /// <summary>The published binary holds ASP.NET Core 9; these tests may run on a newer one.</summary>
    [Fact]
    public void TheWebServerOfTheBinaryTakesThem() =>
        Assert.Equal(Environment.Version.Major == 9, SocketBlocks.TryUse(new SocketTransportOptions()));
}
