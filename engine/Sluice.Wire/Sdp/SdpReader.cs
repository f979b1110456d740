using System.Text;

namespace Sluice.Wire.Sdp;

/// <summary>
/// Reads a session description (RFC 8866 §5). Lines may end in LF alone (§5), text is UTF-8, an unknown type letter
/// refuses the whole (§5), and so does anything over <see cref="SdpLimits"/>. Nothing throws.
/// </summary>
public static class SdpReader
{
    private const string IgnoredLetters = "uepbtrzk";

    public static bool TryRead(ReadOnlySpan<byte> text, out SdpSession session)
    {
        session = new SdpSession("", SdpOrigin.Anonymous);
        if (text.Length > SdpLimits.BytesMax || text.Contains((byte)0))
            return false;
        var draft = new Draft();
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            if (!line.IsEmpty && !draft.TryAdd(line))
                return false;
        }
        return draft.TryFinish(out session);
    }

    /// <summary>The description as far as it is read.</summary>
    private sealed class Draft
    {
        private readonly List<SdpAttribute> _attributes = [];
        private readonly List<SdpMedia> _media = [];
        private List<SdpAttribute> _section;
        private SdpOrigin? _origin;
        private string? _name;
        private string? _information;
        private SdpConnection? _connection;
        private bool _hasVersion;

        public Draft() => _section = _attributes;

        public bool TryAdd(ReadOnlySpan<byte> line)
        {
            if (line.Length < 2 || line[1] != '=')
                return false;
            var letter = (char)line[0];
            var value = Encoding.UTF8.GetString(line[2..]);
            if (!_hasVersion)
                return _hasVersion = letter == 'v' && value == "0";    // RFC 8866 §5.1: first, and 0
            return letter switch
            {
                'o' => _origin is null && TryOrigin(value),
                's' => _name is null && (_name = value) is not null,
                'i' => TryInformation(value),
                'c' => TryConnection(value),
                'a' => TryAttribute(value),
                'm' => TryMedia(value),
                _ => IgnoredLetters.Contains(letter, StringComparison.Ordinal),
            };
        }

        private bool TryOrigin(string value)
        {
            var valid = SdpOrigin.TryParse(value, out var origin);
            _origin = origin;
            return valid;
        }

        /// <summary>A media title is read over.</summary>
        private bool TryInformation(string value)
        {
            if (_media.Count == 0)
                _information = value;
            return true;
        }

        private bool TryConnection(string value)
        {
            if (!SdpConnection.TryParse(value, out var connection))
                return false;
            if (_media.Count == 0)
                _connection = connection;
            else
                _media[^1] = _media[^1] with { Connection = connection };
            return true;
        }

        private bool TryAttribute(string value)
        {
            if (_section.Count == SdpLimits.AttributesMax || !SdpAttribute.TryParse(value, out var attribute))
                return false;
            _section.Add(attribute);
            return true;
        }

        private bool TryMedia(string value)
        {
            if (_media.Count == SdpLimits.MediaMax || !SdpMedia.TryParse(value, out var media))
                return false;
            _section = [];
            _media.Add(media with { Attributes = _section });
            return true;
        }

        /// <summary>Origin and name are required by RFC 8866 §5; some cameras leave the name out, none the origin.</summary>
        public bool TryFinish(out SdpSession session)
        {
            session = new SdpSession(_name ?? "", _origin ?? SdpOrigin.Anonymous)
            {
                Information = _information, Connection = _connection, Attributes = _attributes, Media = _media,
            };
            return _hasVersion && _origin is not null;
        }
    }
}
