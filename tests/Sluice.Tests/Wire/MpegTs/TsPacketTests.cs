using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>ISO/IEC 13818-1 §2.4.3.2 to §2.4.3.5; X9.</summary>
public class TsPacketTests
{
    private readonly byte[] _packet = new byte[TsPacket.Size];

    [Fact]
    public void HeadersReadBack()
    {
        for (int bits = 0; bits < 8; bits++)
            for (int counter = 0; counter < 16; counter++)
                foreach (ushort pid in new ushort[] { 0, 1, 0x100, 0x1234, 0x1fff })
                {
                    TsPacket.WriteHeader(_packet, pid, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (byte)counter);
                    Assert.True(TsPacket.TryParse(_packet, out var packet));
                    Assert.Equal((pid, (byte)counter), (packet.Pid, packet.ContinuityCounter));
                    Assert.Equal(bits, (packet.PayloadUnitStart ? 1 : 0) | (packet.HasAdaptationField ? 2 : 0) | (packet.HasPayload ? 4 : 0));
                    Assert.False(packet.TransportError || packet.Priority || packet.Scrambling != 0);
                    TsPacket.WriteContinuityCounter(_packet, (byte)(15 - counter));
                    Assert.Equal(15 - counter, packet.ContinuityCounter);
                    Assert.Equal((bits & 4) != 0, packet.HasPayload);
                }
    }

    [Fact]
    public void TakesAdaptationFieldsOfUpTo183Bytes()
    {
        for (int length = 0; length < 256; length++)
        {
            TsPacket.WriteHeader(_packet, 256, false, hasAdaptationField: true, hasPayload: true, 0);
            _packet[4] = (byte)length;
            Assert.Equal(length <= 183, TsPacket.TryParse(_packet, out var packet));
            if (length <= 183)
                Assert.Equal(183 - length, packet.Payload.Length);
        }
    }

    [Fact]
    public void RefusesShortPacketsAndOtherSyncBytes()
    {
        TsPacket.WriteNull(_packet);
        Assert.True(TsPacket.TryParse(_packet, out var packet) && packet.IsNull);
        for (int length = 0; length < TsPacket.Size; length++)
            Assert.False(TsPacket.TryParse(_packet.AsSpan(0, length), out _));
        _packet[0] = 0x46;
        Assert.False(TsPacket.TryParse(_packet, out _));
    }

    [Fact]
    public void ClocksReadBackAndWrap() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            long pcr = random.NextInt64(TsClock.PcrModulus);
            int length = random.Next(7, 184);
            TsPacket.WriteHeader(_packet, 256, false, hasAdaptationField: true, hasPayload: true, 3);
            TsAdaptationField.Write(_packet, length, discontinuity: seed % 2 == 0, randomAccess: seed % 3 == 0, pcr);
            Assert.True(TsPacket.TryParse(_packet, out var packet));
            Assert.True(packet.TryGetPcr(out long back));
            Assert.Equal((pcr, length), (back, packet.AdaptationField.Length));
            Assert.Equal((seed % 2 == 0, seed % 3 == 0), (packet.AdaptationField.Discontinuity, packet.AdaptationField.RandomAccess));
            // Restamped in place, and past the wrap both ways.
            long step = random.NextInt64(-TsClock.PcrModulus / 2, TsClock.PcrModulus / 2);
            Assert.True(TsPacket.TryWritePcr(_packet, pcr + step));
            Assert.True(packet.TryGetPcr(out long moved));
            Assert.InRange(moved, 0, TsClock.PcrModulus - 1);
            Assert.Equal(step, TsClock.PcrDistance(pcr, moved));
            Assert.Equal(0, TsClock.PtsDistance(pcr / 300, pcr / 300 + TsClock.PtsModulus));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void HalfTheClockCircleIsOld()
    {
        Assert.Equal(-TsClock.PtsModulus / 2, TsClock.PtsDistance(0, TsClock.PtsModulus / 2));
        Assert.Equal(2, TsClock.PtsDistance(TsClock.PtsModulus - 1, 1));
    }

    [Fact]
    public void ReadsEveryOptionalPartInItsPlace()
    {
        TsPacket.WriteHeader(_packet, 256, false, hasAdaptationField: true, hasPayload: true, 0);
        // Flags PCR OPCR splice private; PCR 1 × 300 + 2; OPCR 3 × 300 + 4; splice −2; three private bytes.
        Convert.FromHexString("14" + "1E" + "00000000FE02" + "00000001FE04" + "FE" + "03AABBCC" + "FFFF").CopyTo(_packet, 4);
        Assert.True(TsPacket.TryParse(_packet, out var packet));
        var field = packet.AdaptationField;
        Assert.True(field.TryGetPcr(out long pcr));
        Assert.True(field.TryGetOpcr(out long opcr));
        Assert.True(field.TryGetSpliceCountdown(out sbyte splice));
        Assert.Equal((302L, 904L, -2), (pcr, opcr, splice));
        Assert.Equal("AABBCC", Convert.ToHexString(field.PrivateData));
    }

    [Theory]
    [InlineData("0610000000000000")]       // a PCR announced, one byte too few
    [InlineData("0110000000000000")]
    [InlineData("0008000000000000")]       // no flags byte at all
    public void PartsThatDoNotFitAreAbsent(string field)
    {
        TsPacket.WriteHeader(_packet, 256, false, hasAdaptationField: true, hasPayload: true, 0);
        Convert.FromHexString(field).CopyTo(_packet, 4);
        Assert.True(TsPacket.TryParse(_packet, out var packet));
        var parts = packet.AdaptationField;
        Assert.False(parts.HasPcr || parts.HasOpcr || parts.HasSpliceCountdown || parts.PrivateData.Length > 0);
        Assert.False(TsPacket.TryWritePcr(_packet, 5));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(187, 0, false)]
    [InlineData(188, 0, true)]
    [InlineData(188 * 7, 0, true)]
    [InlineData(188 * 7 + 1, 0, false)]
    [InlineData(188 * 7, 188 * 6 + 1, false)]        // grid broken at the last packet
    public void DatagramsAreWholePackets(int length, int broken, bool taken)
    {
        var bytes = new byte[length];
        for (int at = 0; at < length; at += TsPacket.Size)
            bytes[at] = TsPacket.SyncByte;
        if (broken > 0)
            bytes[broken - 1] = 0;
        Assert.Equal(taken, TsDatagram.TryParse(bytes, out var datagram));
        Assert.Equal(taken ? length / 188 : 0, datagram.PacketCount);
    }

    [Fact]
    public void OneDamagedPacketDoesNotHideTheClockOfAnother()
    {
        var bytes = new byte[3 * TsPacket.Size];
        for (int i = 0; i < 3; i++)
        {
            TsPacket.WriteHeader(bytes.AsSpan(i * 188), 256, false, hasAdaptationField: true, hasPayload: false, 0);
            TsAdaptationField.Write(bytes.AsSpan(i * 188), 183, pcr27MHz: 100 + i);
        }
        bytes[4] = 200;
        Assert.True(TsDatagram.TryParse(bytes, out var datagram));
        Assert.False(datagram.TryGetPacket(0, out _));
        Assert.True(datagram.TryFindPcr(256, out long pcr, out int index));
        Assert.Equal((101L, 1), (pcr, index));
        Assert.False(datagram.TryFindPcr(257, out _, out _));
    }

    [Fact]
    public void ReadsAnyBytesWithoutAThrow()
    {
        var continuity = new TsContinuity();
        var assembler = new PsiSectionAssembler();
        var examples = HexVector.Load("mpegts/ffmpeg-short.hex").Select(v => v.Bytes).ToList();
        AnyBytes.Check(examples, bytes =>
        {
            if (bytes.Length > 0)
                bytes[0] = TsPacket.SyncByte;
            if (TsDatagram.TryParse(bytes, out var datagram))
                datagram.TryFindPcr(256, out _, out _);
            if (!TsPacket.TryParse(bytes, out var packet))
                return;
            continuity.Receive(packet);
            var field = packet.AdaptationField;
            _ = (field.TryGetPcr(out _), field.TryGetOpcr(out _), field.TryGetSpliceCountdown(out _), field.PrivateData.Length);
            PesHeader.TryRead(packet.Payload, out _);
            int sections = 0;
            foreach (var section in assembler.Receive(packet))
                Assert.True(++sections <= TsPacket.Size / PsiSection.HeadSize && section.Bytes.Length <= PsiSection.SizeMax);
        });
    }
}
