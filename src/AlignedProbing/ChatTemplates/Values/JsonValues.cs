using System.Text.Json;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>Makes values of JSON.</summary>
internal static class JsonValues
{
    /// <summary>The value of an element.</summary>
    public static Value From(JsonElement element)
    {
        Rendering.CheckStack();
        switch (element.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            case JsonValueKind.String:
                return element.GetString()!;
            case JsonValueKind.Number:
                return element.TryGetInt64(out var whole) ? whole : new FloatValue(element.GetDouble());
            case JsonValueKind.Array:
                return SequenceValue.List([.. element.EnumerateArray().Select(From)]);
            case JsonValueKind.Object:
                var dict = new DictValue();
                foreach (var property in element.EnumerateObject())
                {
                    dict.Set(property.Name, From(property.Value));
                }

                return dict;
            default:
                return NoneValue.Instance;
        }
    }
}
