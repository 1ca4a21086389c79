using System.Text;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Collects what a template, a macro or a block writes.</summary>
internal sealed class TemplateOutput(Rendering rendering)
{
    private readonly StringBuilder _text = new();

    /// <summary>Writes a text.</summary>
    public void Write(string text)
    {
        rendering.SpendText((long)_text.Length + text.Length > rendering.Limits.TextLength ? (long)_text.Length + text.Length : text.Length);
        _text.Append(text);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
