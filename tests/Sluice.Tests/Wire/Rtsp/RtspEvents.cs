using System.Buffers;
using System.Globalization;
using System.Text;
using Sluice.Wire.Rtsp;

namespace Sluice.Tests.Wire.Rtsp;

/// <summary>Reads a byte stream in a given cut and tells what came out, one line an event.</summary>
internal static class RtspEvents
{
    /// <summary>All bytes in one call, in one segment.</summary>
    public static List<string> Whole(ReadOnlySpan<byte> bytes) => Chunked(bytes, Math.Max(1, bytes.Length), separateCalls: false);

    /// <summary>Chunks of <paramref name="size"/>: as segments of one call, or as calls with what was left and one chunk more.</summary>
    public static List<string> Chunked(ReadOnlySpan<byte> bytes, int size, bool separateCalls)
    {
        var chunks = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += size)
            chunks.Add(bytes.Slice(at, Math.Min(size, bytes.Length - at)).ToArray());
        return Read(chunks, separateCalls);
    }

    public static List<string> Read(IEnumerable<byte[]> chunks, bool separateCalls)
    {
        var reader = new RtspReader();
        var events = new List<string>();
        var pending = new List<byte[]>();
        foreach (var chunk in chunks)
        {
            pending.Add(chunk);
            if (separateCalls && !Drain(reader, pending, events))
                return events;
        }
        if (!separateCalls)
            Drain(reader, pending, events);
        return events;
    }

    private static bool Drain(RtspReader reader, List<byte[]> pending, List<string> events)
    {
        var input = Segments.Of(pending);
        while (true)
        {
            var result = reader.Read(ref input);
            if (result == RtspReadResult.NeedMore)
            {
                var left = input.ToArray();
                pending.Clear();
                if (left.Length > 0)
                    pending.Add(left);
                return true;
            }
            events.Add(Tell(reader, result));
            if (result == RtspReadResult.Error)
                return false;
        }
    }

    private static string Tell(RtspReader reader, RtspReadResult result) => result switch
    {
        RtspReadResult.Error => $"error {reader.Error}{(reader.HasHead ? " after " + TellMessage(reader.Message) : "")}",
        RtspReadResult.Interleaved => string.Create(
            CultureInfo.InvariantCulture, $"frame {reader.Frame.Channel} {Convert.ToHexString(reader.Frame.Payload)}"),
        _ => TellMessage(reader.Message),
    };

    private static string TellMessage(RtspMessage message)
    {
        var text = new StringBuilder();
        text.Append(message.IsRequest ? $"{message.Method} {Text(message.Url)}" : $"{message.StatusCode} {Text(message.Reason)}");
        for (var i = 0; i < message.HeaderCount; i++)
            text.Append(CultureInfo.InvariantCulture, $" [{Text(message.HeaderName(i))}={Text(message.HeaderValue(i))}]");
        return message.Body.IsEmpty ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $" {{{Text(message.Body)}}}").ToString();
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}

/// <summary>A sequence of several segments.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    public static ReadOnlySequence<byte> Of(IReadOnlyList<byte[]> chunks)
    {
        if (chunks.Count == 0)
            return ReadOnlySequence<byte>.Empty;
        var first = new Segments { Memory = chunks[0] };
        var last = first;
        foreach (var chunk in chunks.Skip(1))
        {
            var next = new Segments { Memory = chunk, RunningIndex = last.RunningIndex + last.Memory.Length };
            last.Next = next;
            last = next;
        }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}

/// <summary>Damages well-formed bytes: what random bytes alone would never reach lies behind a start line.</summary>
internal static class Mutator
{
    private static readonly byte[] Spicy = [.. "\r\n :;=,-/$%*\"\0\t"u8, 0x16, 0x7F, 0xFF, .. "09aZ"u8];

    public static byte[] Damage(byte[] seedBytes, Random random)
    {
        var bytes = seedBytes.ToList();
        for (var i = random.Next(1, 6); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = Spicy[random.Next(Spicy.Length)]; break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, Spicy[random.Next(Spicy.Length)]); break;
                case 3: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(40), bytes.Count - at))); break;
            }
        }
        return [.. bytes];
    }
}
