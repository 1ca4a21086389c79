using System.Globalization;
using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Filters that make numbers.</summary>
internal static class NumberFilters
{
    /// <summary>Adds them to the catalogue.</summary>
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters.Add("abs", Abs);
        filters.Add("int", Int);
        filters.Add("float", Float);
        filters.Add("round", Round);
        filters.Add("sum", Sum);
    }

    private static Value Abs(Value value, NamedCall call, Rendering rendering)
    {
        call.Bind(0);
        return value switch
        {
            NumberValue { AsInteger: { } whole } => whole < 0 ? Arithmetic.Sign(negative: true, value) : whole,
            NumberValue number => new FloatValue(Math.Abs(number.AsDouble)),
            UndefinedValue undefined => throw undefined.Error,
            _ => throw Fault.Type($"bad operand type for abs(): '{value.TypeName}'"),
        };
    }

    private static Value Int(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "default", "base");
        switch (value)
        {
            case NumberValue { AsInteger: { } whole }:
                return whole;
            case UndefinedValue undefined:
                throw undefined.Error;
            case FloatValue { Content: var content }:
                return Truncate(content, bound[0]);
            case TextValue { Content: var text }:
                rendering.SpendText(text.Length);
                return ParseInteger(text, Arguments.Integer(bound[1], 10)) is { } parsed ? parsed
                    : ParseFloat(text) is { } number ? Truncate(number, bound[0])
                    : bound[0] ?? 0;
            default:
                return bound[0] ?? 0;
        }
    }

    private static Value Truncate(double value, Value? otherwise) => double.IsFinite(value)
        ? Math.Abs(value) < 9.2e18 ? (long)value : throw Fault.Limit("a whole number does not fit 64 bits")
        : otherwise ?? 0;

    private static Value Float(Value value, NamedCall call, Rendering rendering)
    {
        var otherwise = call.Bind(0, "default")[0] ?? new FloatValue(0);
        return value switch
        {
            NumberValue number => new FloatValue(number.AsDouble),
            UndefinedValue undefined => throw undefined.Error,
            TextValue text => ParseFloat(text.Content) is { } parsed ? new FloatValue(parsed) : otherwise,
            _ => otherwise,
        };
    }

    private static Value Round(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "precision", "method");
        var precision = (int)Math.Clamp(Arguments.Integer(bound[0], 0), -400, 400);
        var method = Arguments.Text(bound[1], "common")!;
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw Fault.Runtime("FilterArgumentError", "method must be common, ceil or floor");
        }

        if (value is not NumberValue number)
        {
            throw value is UndefinedValue undefined ? undefined.Error : Fault.Type($"type {value.TypeName} doesn't define __round__ method");
        }

        if (method == "common")
        {
            return number.AsInteger is { } whole && precision >= 0 ? whole
                : number.AsInteger is not null ? (long)PythonFloat.Round(number.AsDouble, precision)
                : new FloatValue(PythonFloat.Round(number.AsDouble, precision));
        }

        var unit = Math.Pow(10, precision);
        var rounded = method == "ceil" ? Math.Ceiling(number.AsDouble * unit) : Math.Floor(number.AsDouble * unit);
        return new FloatValue(rounded / unit);
    }

    private static Value Sum(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "attribute", "start");
        var read = Sorting.Reader(bound[0], rendering);
        var start = bound[1] ?? 0;
        return start is TextValue
            ? throw Fault.Type("sum() can't sum strings [use ''.join(seq) instead]")
            : value.ToList(rendering).Aggregate(start, (sum, item) => Arithmetic.Apply("+", sum, read(item), rendering));
    }

    private static long? ParseInteger(string text, long radix)
    {
        var trimmed = PythonText.Trim(text);
        var negative = trimmed.StartsWith('-');
        var digits = negative || trimmed.StartsWith('+') ? trimmed[1..] : trimmed;
        if (radix == 16 && digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            || radix == 8 && digits.StartsWith("0o", StringComparison.OrdinalIgnoreCase)
            || radix == 2 && digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        if (!Underscored(digits, out digits))
        {
            return null;
        }

        var result = 0L;
        foreach (var character in digits)
        {
            var digit = char.IsAsciiDigit(character) ? character - '0' : char.IsAsciiLetter(character) ? char.ToLowerInvariant(character) - 'a' + 10 : 99;
            if (digit >= radix)
            {
                return null;
            }

            result = result > (long.MaxValue - digit) / radix ? throw Fault.Limit("a whole number does not fit 64 bits") : (result * radix) + digit;
        }

        return negative ? -result : result;
    }

    private static double? ParseFloat(string text)
    {
        var trimmed = PythonText.Trim(text);
        switch (trimmed.TrimStart('+', '-').ToUpperInvariant())
        {
            case "INF" or "INFINITY":
                return trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            case "NAN":
                return double.NaN;
            default:
                return
                    Underscored(trimmed, out var digits)
                    && double.TryParse(
                        digits,
                        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                        CultureInfo.InvariantCulture,
                        out var value)
                    ? value
                    : null;
        }
    }

    // Python allows single underscores between digits.
    private static bool Underscored(string text, out string digits)
    {
        digits = text.Replace("_", "", StringComparison.Ordinal);
        return digits.Length > 0 && !text.StartsWith('_') && !text.EndsWith('_') && !text.Contains("__", StringComparison.Ordinal);
    }
}
