using System.Diagnostics.CodeAnalysis;
using System.Text;
using AlignedProbing.ChatTemplates.Library;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>A dict: keeps the order in which keys came. Nothing changes one once it is made.</summary>
internal sealed class DictValue : Value
{
    private readonly Dictionary<object, int> _index = [];
    private readonly List<KeyValuePair<Value, Value>> _entries = [];

    /// <summary>The entries in order.</summary>
    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override IEnumerable<Value> Elements => _entries.Select(entry => entry.Key);

    public override int? Length => _entries.Count;

    /// <summary>Sets a key while the dict is made; a rendering is charged for it where there is one.</summary>
    /// <exception cref="ChatTemplateException">The key cannot be one.</exception>
    public void Set(Value key, Value value, Rendering? rendering = null)
    {
        var hash = KeyOf(key, rendering) ?? throw Fault.Type($"unhashable type: '{key.TypeName}'");
        if (_index.TryGetValue(hash, out var at))
        {
            _entries[at] = new(_entries[at].Key, value);
        }
        else
        {
            _index.Add(hash, _entries.Count);
            _entries.Add(new(key, value));
        }
    }

    /// <summary>The value of a key.</summary>
    public bool TryGet(Value key, Rendering rendering, [NotNullWhen(true)] out Value? value)
    {
        value = KeyOf(key, rendering) is { } hash && _index.TryGetValue(hash, out var at) ? _entries[at].Value : null;
        return value is not null;
    }

    /// <summary>Whether it has a key.</summary>
    /// <exception cref="ChatTemplateException">The key cannot be one.</exception>
    public bool Contains(Value key, Rendering rendering) =>
        KeyOf(key, rendering) is { } hash ? _index.ContainsKey(hash) : throw Fault.Type($"unhashable type: '{key.TypeName}'");

    public override Value? Element(Value key, Rendering rendering) => TryGet(key, rendering, out var value) ? value : null;

    public override Value? Attribute(string name, Rendering rendering) => DictMethods.Bind(this, name);

    public override bool IsEqual(Value other, Rendering rendering)
    {
        Rendering.CheckStack();
        if (other is not DictValue dict || dict.Entries.Count != _entries.Count)
        {
            return false;
        }

        foreach (var (key, value) in _entries)
        {
            rendering.Spend();
            if (!dict.TryGet(key, rendering, out var there) || !value.IsEqual(there, rendering))
            {
                return false;
            }
        }

        return true;
    }

    public override void AppendRepr(StringBuilder output, Rendering rendering)
    {
        Rendering.CheckStack();
        output.Append('{');
        for (var index = 0; index < _entries.Count; index++)
        {
            rendering.Spend();
            output.Append(index > 0 ? ", " : "");
            _entries[index].Key.AppendRepr(output, rendering);
            output.Append(": ");
            _entries[index].Value.AppendRepr(output, rendering);
            rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : 0);
        }

        output.Append('}');
    }

    // 1, 1.0 and True are one key; tuples are keyed by their parts.
    private static object? KeyOf(Value key, Rendering? rendering)
    {
        Rendering.CheckStack();
        switch (key)
        {
            case TextValue text:
                rendering?.SpendText(text.Content.Length);
                return text.Content;
            case NumberValue { AsInteger: { } whole }:
                return whole;
            case FloatValue { Content: var content }:
                return content == Math.Floor(content) && Math.Abs(content) < 1L << 53 ? (object)(long)content : content;
            case SequenceValue { Kind: SequenceKind.Tuple } tuple:
                rendering?.SpendList(tuple.Items.Count);
                var parts = tuple.Items.Select(part => KeyOf(part, rendering)).ToArray();
                return parts.Contains(null) ? null : new TupleKey(parts!);
            case SequenceValue or DictValue or SliceValue:
                return null;
            case NoneValue:
                return NoneValue.Instance;
            default:
                return key;
        }
    }

    private sealed class TupleKey(object[] parts) : IEquatable<TupleKey>
    {
        private object[] Parts { get; } = parts;

        public bool Equals(TupleKey? other)
        {
            Rendering.CheckStack();
            return other is not null && Parts.AsSpan().SequenceEqual(other.Parts);
        }

        public override bool Equals(object? obj) => Equals(obj as TupleKey);

        public override int GetHashCode()
        {
            Rendering.CheckStack();
            var hash = default(HashCode);
            foreach (var part in Parts)
            {
                hash.Add(part);
            }

            return hash.ToHashCode();
        }
    }
}
