using System.Buffers;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Load.Receiving;
using Sluice.Load.Scoring;
using Sluice.Wire.Rtsp;

namespace Sluice.Load.Rtsp;

/// <summary>One RTSP client with its connection and, over UDP, its two sockets. Lives on the receiving thread.</summary>
internal sealed class RtspSession : Readable
{
    private const int BufferBytesFirst = 16 << 10, BufferBytesMax = 256 << 10;
    private const long AnswerWithinNs = 10_000_000_000;
    private readonly Socket _connection;
    private readonly RtspReader _reader = new();
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly UdpReceiver[] _receivers;
    private readonly Action<RtspSession> _ended;
    private byte[] _input = new byte[BufferBytesFirst];
    private int _inputLength;
    private bool _closed;

    public RtspSession(Socket connection, RtspDialogue dialogue, UdpReceiver[] receivers, ClientScore score, long startNs, Action<RtspSession> ended) =>
        (_connection, Dialogue, _receivers, Score, StartNs, _ended) = (connection, dialogue, receivers, score, startNs, ended);

    public RtspDialogue Dialogue { get; }
    public ClientScore Score { get; }

    /// <summary>When its connection was begun.</summary>
    public long StartNs { get; }

    /// <summary>When PLAY was answered; 0 before.</summary>
    public long PlayedNs { get; private set; }

    public override int Handle => (int)_connection.SafeHandle.DangerousGetHandle();

    public void Begin(ReceiverSet set, long? stayNs)
    {
        set.Add(this);
        foreach (var receiver in _receivers) set.Add(receiver);
        Dialogue.Begin(_output);
        Send();
        set.At(StartNs + AnswerWithinNs, _ =>
        {
            if (PlayedNs == 0) End(set, $"{Dialogue.Stage}: no answer within {AnswerWithinNs / 1_000_000_000} s");
        });
        _stayNs = stayNs;
    }

    private long? _stayNs;

    public override void OnReadable(ReceiverSet set, long nowNs)
    {
        if (_closed) return;
        if (_inputLength == _input.Length) Array.Resize(ref _input, Math.Min(_input.Length * 2, BufferBytesMax));
        var received = _connection.Receive(_input.AsSpan(_inputLength), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock) return;
        if (received <= 0)
        {
            End(set, error == SocketError.Success ? "the server closed the connection" : $"connection: {error}");
            return;
        }
        _inputLength += received;
        ReadItems(set, SystemClock.Now.Ns);
    }

    /// <summary>TEARDOWN; the session ends with its answer.</summary>
    public void Leave()
    {
        Dialogue.Leave(_output);
        Send();
    }

    /// <summary>After the measurement: says goodbye and waits a moment for the answer, which may stand behind media.</summary>
    public void LeaveAndWait(ReceiverSet set, long untilNs)
    {
        while (!_closed && Dialogue.Stage == RtspStage.Leaving && SystemClock.Now.Ns < untilNs)
            if (_connection.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead)) OnReadable(set, SystemClock.Now.Ns);
    }

    public void Close(ReceiverSet set)
    {
        if (_closed) return;
        _closed = true;
        foreach (Readable item in (ReadOnlySpan<Readable>)[this, .. _receivers]) set.Remove(item);
        foreach (var receiver in _receivers) receiver.Dispose();
        _connection.Dispose();
    }

    private void ReadItems(ReceiverSet set, long nowNs)
    {
        var rest = new ReadOnlySequence<byte>(_input, 0, _inputLength);
        for (var result = RtspReadResult.NeedMore; !_closed;)
        {
            result = _reader.Read(ref rest);
            if (result == RtspReadResult.NeedMore) break;
            if (result == RtspReadResult.Error) End(set, $"unreadable answer: {_reader.Error}");
            else if (result == RtspReadResult.Interleaved) TakeFrame(nowNs);
            else TakeAnswer(set, nowNs);
        }
        var left = (int)rest.Length;
        _input.AsSpan(_inputLength - left, left).CopyTo(_input);
        _inputLength = left;
    }

    private void TakeFrame(long nowNs)
    {
        var frame = _reader.Frame;
        if (frame.Channel == Dialogue.MediaChannel) Score.Receive(frame.Payload, nowNs);
    }

    private void TakeAnswer(ReceiverSet set, long nowNs)
    {
        Dialogue.Receive(_reader.Message, _output);
        Send();
        if (Dialogue.Stage == RtspStage.Playing && PlayedNs == 0) OnPlaying(set, nowNs);
        if (Dialogue.Stage is RtspStage.Left or RtspStage.Failed) End(set, "");
    }

    private void OnPlaying(ReceiverSet set, long nowNs)
    {
        PlayedNs = nowNs;
        if (_stayNs is { } stayNs) set.At(nowNs + stayNs, _ => Leave());
        KeepAliveLater(set, nowNs);
    }

    private void KeepAliveLater(ReceiverSet set, long nowNs) => set.At(nowNs + Dialogue.TimeoutSeconds * 400_000_000L, later =>
    {
        if (_closed || Dialogue.Stage != RtspStage.Playing) return;
        Dialogue.KeepAlive(_output);
        Send();
        KeepAliveLater(set, later);
    });

    private void End(ReceiverSet set, string problem)
    {
        if (_closed) return;
        Dialogue.Fail(problem);
        Close(set);
        _ended(this);
    }

    // Requests are small and answered one by one: they always fit an idle connection's buffer.
    private void Send()
    {
        if (_output.WrittenCount == 0 || _closed) return;
        var sent = _connection.Send(_output.WrittenSpan, SocketFlags.None, out var error);
        if (sent != _output.WrittenCount) Dialogue.Fail($"cannot send: {error}");
        _output.ResetWrittenCount();
    }
}
