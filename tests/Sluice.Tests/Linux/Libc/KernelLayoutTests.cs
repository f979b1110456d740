using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Libc;

/// <summary>Sizes and offsets as a C compiler gives them for the system headers; x64 and arm64 agree on every one.</summary>
public unsafe class KernelLayoutTests
{
    public static TheoryData<string, int, int> Sizes => new()
    {
        { nameof(iovec), 16, sizeof(iovec) },
        { nameof(msghdr), 56, sizeof(msghdr) },
        { nameof(mmsghdr), 64, sizeof(mmsghdr) },
        { nameof(cmsghdr), 16, sizeof(cmsghdr) },
        { nameof(timespec), 16, sizeof(timespec) },
        { nameof(ip_mreqn), 12, sizeof(ip_mreqn) },
        { nameof(sockaddr_storage), 128, sizeof(sockaddr_storage) },
        { nameof(group_req), 136, sizeof(group_req) },
        { nameof(group_source_req), 264, sizeof(group_source_req) },
        { nameof(sock_txtime), 8, sizeof(sock_txtime) },
        { nameof(if_nameindex_entry), 16, sizeof(if_nameindex_entry) },
        { nameof(sockaddr_nl), 12, sizeof(sockaddr_nl) },
        { nameof(link_request), 32, sizeof(link_request) },
        { nameof(flock), 32, sizeof(flock) },
        { nameof(statvfs_result), 112, sizeof(statvfs_result) },
        { "sockaddr_in6", 28, sizeof(DatagramAddress) },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void HasTheSizeOfTheHeader(string name, int expected, int actual) => Assert.True(expected == actual, $"{name}: {actual}");

    [Fact]
    public void MessageHeaderFieldsLieWhereTheKernelReadsThem()
    {
        mmsghdr m = default;
        var start = (byte*)&m;
        Assert.Equal(0, (byte*)&m.msg_hdr.msg_name - start);
        Assert.Equal(8, (byte*)&m.msg_hdr.msg_namelen - start);
        Assert.Equal(16, (byte*)&m.msg_hdr.msg_iov - start);
        Assert.Equal(24, (byte*)&m.msg_hdr.msg_iovlen - start);
        Assert.Equal(32, (byte*)&m.msg_hdr.msg_control - start);
        Assert.Equal(40, (byte*)&m.msg_hdr.msg_controllen - start);
        Assert.Equal(48, (byte*)&m.msg_hdr.msg_flags - start);
        Assert.Equal(56, (byte*)&m.msg_len - start);
    }

    [Fact]
    public void MulticastRequestsAlignTheirAddresses()
    {
        group_source_req r = default;
        var start = (byte*)&r;
        Assert.Equal(8, (byte*)&r.gsr_group - start);
        Assert.Equal(136, (byte*)&r.gsr_source - start);
        group_req g = default;
        Assert.Equal(8, (byte*)&g.gr_group - (byte*)&g);
    }

    [Fact]
    public void FileStructFieldsLieWhereTheKernelReadsThem()
    {
        flock l = default;
        Assert.Equal(8, (byte*)&l.l_start - (byte*)&l);
        Assert.Equal(16, (byte*)&l.l_len - (byte*)&l);
        Assert.Equal(24, (byte*)&l.l_pid - (byte*)&l);
        statvfs_result v = default;
        Assert.Equal(8, (byte*)&v.f_frsize - (byte*)&v);
        Assert.Equal(32, (byte*)&v.f_bavail - (byte*)&v);
    }

    /// <summary>The same questions put to the C compiler of this machine, so that the tables above are not merely our belief.</summary>
    [Fact]
    public void AgreesWithTheSystemHeaders()
    {
        var answer = CCompiler.Run(
            """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <sys/socket.h>
            #include <netinet/in.h>
            #include <net/if.h>
            #include <fcntl.h>
            #include <time.h>
            #include <sys/statvfs.h>
            int main(void) { printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu\n",
              sizeof(struct iovec), sizeof(struct msghdr), sizeof(struct mmsghdr), sizeof(struct cmsghdr), sizeof(struct timespec),
              sizeof(struct ip_mreqn), sizeof(struct sockaddr_storage), sizeof(struct group_req), sizeof(struct group_source_req),
              sizeof(struct if_nameindex), sizeof(struct flock), sizeof(struct statvfs), sizeof(struct sockaddr_in6),
              offsetof(struct mmsghdr, msg_len), offsetof(struct msghdr, msg_flags), offsetof(struct group_source_req, gsr_source),
              offsetof(struct statvfs, f_bavail), offsetof(struct flock, l_start)); return 0; }
            """);
        int[] ours =
        [
            sizeof(iovec), sizeof(msghdr), sizeof(mmsghdr), sizeof(cmsghdr), sizeof(timespec), sizeof(ip_mreqn), sizeof(sockaddr_storage),
            sizeof(group_req), sizeof(group_source_req), sizeof(if_nameindex_entry), sizeof(flock), sizeof(statvfs_result),
            sizeof(DatagramAddress), 56, 48, 136, 32, 8,
        ];
        Assert.Equal(string.Join(' ', ours), answer.Trim());
    }
}
