using System.Net;
using System.Text;

namespace Sluice.Dashboard.Page;

/// <summary>Writes HTML: whatever is text is encoded here and nowhere else.</summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    /// <summary>Markup that the program itself wrote.</summary>
    public Html Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    public Html Text(string text) => Raw(WebUtility.HtmlEncode(text));

    /// <summary>One element around text; <paramref name="attributes"/> are markup.</summary>
    public Html Element(string name, string text, string attributes = "") => Open(name, attributes).Text(text).Close(name);

    public Html Open(string name, string attributes = "") => Raw(attributes.Length == 0 ? $"<{name}>" : $"<{name} {attributes}>");

    public Html Close(string name) => Raw($"</{name}>\n");

    /// <summary>A shape and its word, coloured on top of that.</summary>
    public Html Mark((string Shape, string Word, string Class) mark, string more = "")
    {
        Open("span", $"class=\"mark {mark.Class}\"");
        if (mark.Shape.Length > 0)
            Raw("<span class=\"shape\" aria-hidden=\"true\">").Text(mark.Shape).Raw("</span>");
        return Text(mark.Word + more).Close("span");
    }

    public static string Attribute(string name, string value) => $"{name}=\"{WebUtility.HtmlEncode(value)}\"";

    public override string ToString() => _text.ToString();
}
