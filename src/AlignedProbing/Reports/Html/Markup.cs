using System.Globalization;
using System.Text;

namespace AlignedProbing.Reports.Html;

/// <summary>Writes HTML that is also well-formed XML, so that it can be checked. Everything that is not written by <see cref="Raw"/> is escaped.</summary>
internal sealed class Markup
{
    private static readonly HashSet<string> Inline = new(StringComparer.Ordinal)
    {
        "a",
        "b",
        "bdi",
        "code",
        "em",
        "span",
        "strong",
        "sub",
        "tspan",
        "text",
        "th",
        "td",
        "title",
        "desc",
        "label",
        "summary",
    };

    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();
    private int _lastId;

    /// <summary>An id that no other element has.</summary>
    public string NewId(string prefix) => prefix + (++_lastId).ToString(CultureInfo.InvariantCulture);

    /// <summary>Opens an element; an attribute without a value (null) is left out.</summary>
    public Markup Open(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Start(tag, attributes);
        _text.Append('>');
        _open.Push(tag);
        return this;
    }

    /// <summary>Closes the element opened last.</summary>
    public Markup Close()
    {
        var tag = _open.Pop();
        _text.Append("</").Append(tag).Append('>');
        if (!Inline.Contains(tag))
        {
            _text.Append('\n');
        }

        return this;
    }

    /// <summary>An element with text in it.</summary>
    public Markup Element(string tag, string text, params ReadOnlySpan<(string Name, string? Value)> attributes) => Open(tag, attributes).Text(text).Close();

    /// <summary>An element without content, such as <c>br</c> or <c>path</c>.</summary>
    public Markup Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Start(tag, attributes);
        _text.Append("/>");
        return this;
    }

    /// <summary>Text, escaped.</summary>
    public Markup Text(string text)
    {
        SafeText.Append(_text, text);
        return this;
    }

    /// <summary>Markup of our own, as it is.</summary>
    public Markup Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> is still open.");

    private void Start(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        _text.Append('<').Append(tag);
        foreach (var (name, value) in attributes)
        {
            if (value is not null)
            {
                _text.Append(' ').Append(name).Append("=\"");
                SafeText.Append(_text, value);
                _text.Append('"');
            }
        }
    }
}
