using System.Buffers.Binary;
using Sluice.Wire.MpegTs;

namespace Sluice.Wire.RandomAccess;

/// <summary>The datagrams that a table lies in: first and last number, both included.</summary>
public readonly record struct TableSpan(uint First, uint Last);

/// <summary>
/// Finds in a transport stream where a decoder may start: a packet of the first program's video PID with
/// random_access_indicator (ISO/IEC 13818-1 §2.4.3.5) or, for encoders that set none, a PES that begins with a sequence
/// header or a key picture; without video, every start of an audio PES. Remembers which datagrams hold the last PAT
/// and PMT, for a decoder needs them first. Owned by one thread; datagrams are numbered by the caller.
/// </summary>
public sealed class TsAccessFinder
{
    private const int NoPid = -1;

    private readonly PsiSectionAssembler _patSections = new();
    private readonly PsiSectionAssembler _pmtSections = new();
    private int _pmtPid = NoPid;
    private int _accessPid = NoPid;
    private byte _accessType;
    private bool _isVideo;
    private uint _patBegan, _pmtBegan;
    private bool _hasPat, _hasPmt;

    /// <summary>Whether both tables have been seen; before that no point is found.</summary>
    public bool HasTables => _hasPat && _hasPmt;

    /// <summary>PID of the program's map, and of the stream whose points are found; −1 before they are known.</summary>
    public int PmtPid => _pmtPid;
    public int AccessPid => _accessPid;

    /// <summary>Where the newest whole PAT and PMT lie. Of meaning only with <see cref="HasTables"/>.</summary>
    public TableSpan Pat { get; private set; }
    public TableSpan Pmt { get; private set; }

    /// <summary>Takes a datagram of whole packets; true when a decoder that has the tables may start with it.</summary>
    public bool Receive(ReadOnlySpan<byte> datagram, uint number)
    {
        bool isAccess = false;
        for (; datagram.Length >= TsPacket.Size; datagram = datagram[TsPacket.Size..])
        {
            uint head = BinaryPrimitives.ReadUInt32BigEndian(datagram);
            int pid = (int)(head >> 8) & 0x1fff;
            if (pid == _accessPid)
                isAccess |= MayStart(datagram[..TsPacket.Size], head);
            else if (pid == TsPacket.PatPid || pid == _pmtPid)
                TakeTable(datagram[..TsPacket.Size], pid, number);
        }
        return isAccess && HasTables;
    }

    /// <summary>The source changed: its tables may be others.</summary>
    public void Reset()
    {
        _patSections.Reset();
        _pmtSections.Reset();
        (_pmtPid, _accessPid, _hasPat, _hasPmt) = (NoPid, NoPid, false, false);
    }

    // | sync 0x47 | TEI PUSI prio PID(13) | scrambling(2) AFC(2) CC(4) | length | disc RAI …
    private bool MayStart(ReadOnlySpan<byte> packet, uint head)
    {
        bool hasIndicator = (head & 0x20) != 0 && packet[4] > 0 && (packet[5] & 0x40) != 0;
        bool startsUnit = (head & 0x40_0000) != 0;
        if (packet[0] != TsPacket.SyncByte)
            return false;
        if (!_isVideo)
            return startsUnit;
        return hasIndicator || (startsUnit && TsPacket.TryParse(packet, out var view) && BeginsKeyPicture(view.Payload));
    }

    private bool BeginsKeyPicture(ReadOnlySpan<byte> pes) =>
        PesHeader.TryRead(pes, out var header) && header.HeaderLength < pes.Length
        && KeyPicture.IsAtStart(_accessType, pes[header.HeaderLength..]);

    private void TakeTable(ReadOnlySpan<byte> bytes, int pid, uint number)
    {
        if (!TsPacket.TryParse(bytes, out var packet))
            return;
        if (pid == TsPacket.PatPid)
            TakePat(packet, number);
        else
            TakePmt(packet, number);
    }

    private void TakePat(in TsPacket packet, uint number)
    {
        if (packet.PayloadUnitStart)
            _patBegan = number;
        foreach (var section in _patSections.Receive(packet))
        {
            if (!MpegTs.Pat.TryRead(section, out var pat) || !pat.IsCurrent || !TryFindProgram(pat, out int pmtPid))
                continue;
            (Pat, _hasPat) = (new TableSpan(_patBegan, number), true);
            if (pmtPid == _pmtPid)
                continue;
            _pmtSections.Reset();
            (_pmtPid, _accessPid, _hasPmt) = (pmtPid, NoPid, false);
        }
    }

    private static bool TryFindProgram(in Pat pat, out int pmtPid)
    {
        foreach (var program in pat)
        {
            pmtPid = program.Pid;
            if (!program.IsNetworkInformation)
                return true;
        }
        pmtPid = NoPid;
        return false;
    }

    private void TakePmt(in TsPacket packet, uint number)
    {
        if (packet.PayloadUnitStart)
            _pmtBegan = number;
        foreach (var section in _pmtSections.Receive(packet))
        {
            if (!MpegTs.Pmt.TryRead(section, out var pmt) || !pmt.IsCurrent)
                continue;
            (Pmt, _hasPmt) = (new TableSpan(_pmtBegan, number), true);
            ChooseStream(pmt);
        }
    }

    // The first video; without one the first audio.
    private void ChooseStream(in Pmt pmt)
    {
        (_accessPid, _isVideo) = (NoPid, false);
        foreach (var stream in pmt)
        {
            bool isVideo = TsStreamTypes.IsVideo(stream.Type);
            if (!isVideo && (_accessPid != NoPid || !TsStreamTypes.IsAudio(stream.Type)))
                continue;
            (_accessPid, _accessType, _isVideo) = (stream.Pid, stream.Type, isVideo);
            if (isVideo)
                return;
        }
    }
}
