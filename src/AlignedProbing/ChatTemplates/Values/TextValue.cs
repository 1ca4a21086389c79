using System.Text;
using AlignedProbing.ChatTemplates.Library;
using AlignedProbing.ChatTemplates.Syntax;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>A str, counted in code points.</summary>
/// <param name="content">The text.</param>
/// <param name="isMarkup">Whether a filter marked it as safe: then what is added to it by + is escaped, as markupsafe's Markup does.</param>
internal sealed class TextValue(string content, bool isMarkup = false) : Value
{
    /// <summary>The text.</summary>
    public string Content => content;

    /// <summary>Whether it is marked as safe.</summary>
    public bool IsMarkup => isMarkup;

    public override string TypeName => isMarkup ? "Markup" : "str";

    public override bool IsTrue => content.Length > 0;

    public override IEnumerable<Value> Elements => PythonText.CodePoints(content).Select(character => new TextValue(character));

    public override int? Length => PythonText.Length(content);

    public override string ToText(Rendering rendering) => content;

    public override void AppendRepr(StringBuilder output, Rendering rendering)
    {
        rendering.SpendText(content.Length);
        PythonText.AppendRepr(output, content);
    }

    public override Value? Attribute(string name, Rendering rendering) => TextMethods.Bind(this, name);

    public override Value? Element(Value key, Rendering rendering)
    {
        rendering.SpendText(content.Length);
        if (key is SliceValue slice)
        {
            var characters = PythonText.CodePoints(content).ToArray();
            return new TextValue(string.Concat(slice.Indices(characters.Length).Select(index => characters[index])), isMarkup);
        }

        if (key is not NumberValue { AsInteger: { } index })
        {
            return null;
        }

        index += index < 0 ? Length!.Value : 0;
        var found = index < 0 ? null : PythonText.CodePoints(content).ElementAtOrDefault((int)Math.Min(index, int.MaxValue));
        return found is null ? null : new TextValue(found, isMarkup);
    }

    public override bool IsEqual(Value other, Rendering rendering)
    {
        rendering.Spend(content.Length >> 4);
        return other is TextValue text && text.Content == content;
    }
}
