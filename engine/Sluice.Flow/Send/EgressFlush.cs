using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Sends an egress's batch and judges what the kernel answers, by the error table of reliability.md §3.2: one bad
/// destination costs its own message and nothing else. Owned by the send thread.
/// </summary>
internal sealed class EgressFlush<TSocket>(SendCounters counters, long blockedBoundNs) where TSocket : struct, IDatagramSocket
{
    private readonly int[] _results = new int[16];

    /// <summary>Sends everything; what the socket has no room for stays, and the egress is blocked until the next flush.</summary>
    public void Flush(Egress<TSocket> egress, MonotonicTime now)
    {
        var batch = egress.Batch;
        if (egress.IsBlocked && now.Ns - egress.BlockedSinceNs > blockedBoundNs)
            DropUnsent(egress);
        for (var first = egress.FirstUnsent; first < batch.MessageCount;)
        {
            var sent = egress.Rtp.SendBatch(batch, first);
            if (sent > 0)
            {
                for (var message = first; message < first + sent; message++)
                    CountSent(egress, message, batch.PacketsIn(message), batch.BytesIn(message), now);
                first += sent;
                continue;
            }
            // sendmmsg(2): the error is that of the first message, so the suspect is known.
            if (!TakeFailure(egress, first, -sent, now))
            {
                egress.Block(first, now);
                return;
            }
            first++;
        }
        counters.Batches++;
        egress.Clear();
    }

    private void DropUnsent(Egress<TSocket> egress)
    {
        for (var message = egress.FirstUnsent; message < egress.Batch.MessageCount; message++)
        {
            var packets = egress.Batch.PacketsIn(message);
            var owner = egress.Owners[message];
            counters.AgedOut += packets;
            owner.SendErrors += packets;
            owner.LastErrno = Errno.ENOBUFS;
        }
        egress.FirstUnsent = egress.Batch.MessageCount;
    }

    // True: this message is done with, go on after it. False: the socket itself has no room.
    private bool TakeFailure(Egress<TSocket> egress, int message, int errno, MonotonicTime now)
    {
        counters.LastErrno = errno;
        switch (errno)
        {
            case Errno.EAGAIN or Errno.ENOBUFS or 0:
                counters.SocketFull++;
                return false;
            case Errno.EIO or Errno.EINVAL or Errno.EMSGSIZE when egress.Batch.PacketsIn(message) > 1:
                SendSingly(egress, message, errno, now);
                return true;
            case Errno.ECONNREFUSED:
                // An ICMP answer to an earlier datagram, maybe another client's: this one has not been tried yet.
                counters.Refused++;
                SendSingly(egress, message, errno, now);
                return true;
            default:
                CountFailure(egress.Owners[message], errno);
                return true;
        }
    }

    private void SendSingly(Egress<TSocket> egress, int message, int errno, MonotonicTime now)
    {
        var packets = egress.Batch.PacketsIn(message);
        var sent = egress.Rtp.SendSingly(egress.Batch, message, _results);
        if (errno == Errno.EIO && sent > 0)
        {
            // The device cannot segment after all (seen with EIO in other projects): never again on this egress.
            egress.Segmentation = false;
            counters.SegmentationOff++;
        }
        var bytes = 0;
        foreach (var result in _results.AsSpan(0, packets))
            bytes += Math.Max(result, 0);
        if (sent > 0)
            CountSent(egress, message, sent, bytes, now);
        foreach (var result in _results.AsSpan(0, packets))
            if (result < 0)
                CountFailure(egress.Owners[message], -result);
    }

    private void CountSent(Egress<TSocket> egress, int message, int packets, int bytes, MonotonicTime now)
    {
        counters.Messages++;
        counters.Packets += packets;
        counters.Bytes += bytes;
        var owner = egress.Owners[message];
        owner.Departures!.Add(now.Ns, packets);
        owner.Packets += packets;
        owner.Bytes += bytes;
        if (owner.FirstSentNs == 0)
            owner.FirstSentNs = now.Ns;
        owner.LastSentNs = now.Ns;
    }

    private void CountFailure(ClientProgress owner, int errno)
    {
        owner.SendErrors++;
        owner.LastErrno = errno;
        switch (errno)
        {
            case Errno.EMSGSIZE:
                counters.TooLong++;
                break;
            case Errno.ENETUNREACH or Errno.EHOSTUNREACH or Errno.ENETDOWN or Errno.EHOSTDOWN:
                counters.Unreachable++;
                break;
            case Errno.EPERM or Errno.EACCES:
                counters.Forbidden++;
                break;
            case Errno.EFAULT:
                counters.Faults++;
                break;
            default:
                counters.OtherErrors++;
                break;
        }
    }
}
