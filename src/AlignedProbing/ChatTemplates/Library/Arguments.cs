using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Reads arguments as the types that functions want.</summary>
internal static class Arguments
{
    /// <summary>A whole number; <paramref name="otherwise"/> where it is not given or None.</summary>
    public static long Integer(Value? value, long otherwise) => value switch
    {
        null or NoneValue => otherwise,
        NumberValue { AsInteger: { } whole } => whole,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw Fault.Type($"'{value.TypeName}' object cannot be interpreted as an integer"),
    };

    /// <summary>A number of elements or characters, from 0.</summary>
    public static int Count(Value? value, int otherwise) => (int)Math.Clamp(Integer(value, otherwise), 0, int.MaxValue);

    /// <summary>A text; <paramref name="otherwise"/> where it is not given or None.</summary>
    public static string? Text(Value? value, string? otherwise = null) => value switch
    {
        null or NoneValue => otherwise,
        TextValue text => text.Content,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw Fault.Type($"expected str, got {value.TypeName}"),
    };

    /// <summary>A text that must be given.</summary>
    public static string Required(Value? value) =>
        value is TextValue text ? text.Content : Text(value) ?? throw Fault.Type($"expected str, got {value?.TypeName ?? "nothing"}");

    /// <summary>Whether it is given and true.</summary>
    public static bool Flag(Value? value, bool otherwise = false) => value?.IsTrue ?? otherwise;
}
