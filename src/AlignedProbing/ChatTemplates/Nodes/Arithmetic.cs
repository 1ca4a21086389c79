using AlignedProbing.ChatTemplates.Library;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Python's arithmetic operators.</summary>
internal static class Arithmetic
{
    /// <summary>Applies <c>+ - * / // % **</c>.</summary>
    public static Value Apply(string operation, Value left, Value right, Rendering rendering)
    {
        if (left is UndefinedValue missing)
        {
            throw missing.Error;
        }

        if (operation == "%" && left is TextValue format)
        {
            return PercentFormat.Apply(format.Content, right, rendering);
        }

        if (right is UndefinedValue undefined)
        {
            throw undefined.Error;
        }

        if (left is NumberValue first && right is NumberValue second)
        {
            return Numbers(operation, first, second);
        }

        return operation switch
        {
            "+" when left is TextValue && right is TextValue => Join((TextValue)left, (TextValue)right, rendering),
            "+" when left is SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple } a && right is SequenceValue b && b.Kind == a.Kind => Join(
                a,
                b,
                rendering),
            "+" when left is TextValue => throw Fault.Type($"can only concatenate str (not \"{right.TypeName}\") to str"),
            "+" when left is SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple } =>
                throw Fault.Type($"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}"),
            "*" when left is NumberValue { AsInteger: { } times } && Repeatable(right) => Repeat(right, times, rendering),
            "*" when right is NumberValue { AsInteger: { } times } && Repeatable(left) => Repeat(left, times, rendering),
            "*" when Repeatable(left) || Repeatable(right) => throw Fault.Type(
                $"can't multiply sequence by non-int of type '{(Repeatable(left) ? right : left).TypeName}'"),
            _ => throw Fault.Type(
                $"unsupported operand type(s) for {(operation == "**" ? "** or pow()" : operation)}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    /// <summary>Applies a sign.</summary>
    public static Value Sign(bool negative, Value operand) => operand switch
    {
        UndefinedValue undefined => throw undefined.Error,
        NumberValue { AsInteger: { } whole } => negative ? (whole == long.MinValue ? throw TooLarge() : -whole) : whole,
        NumberValue number => new FloatValue(negative ? -number.AsDouble : number.AsDouble),
        _ => throw Fault.Type($"bad operand type for unary {(negative ? '-' : '+')}: '{operand.TypeName}'"),
    };

    private static Value Numbers(string operation, NumberValue left, NumberValue right)
    {
        if (operation is "/" or "//" or "%" && right.AsDouble == 0)
        {
            throw Fault.Runtime("ZeroDivisionError", operation switch
            {
                "/" when left.AsInteger is null || right.AsInteger is null => "float division by zero",
                "/" => "division by zero",
                "//" when left.AsInteger is null || right.AsInteger is null => "float floor division by zero",
                "//" => "integer division or modulo by zero",
                _ when left.AsInteger is null || right.AsInteger is null => "float modulo",
                _ => "integer modulo by zero",
            });
        }

        if (operation != "/" && left.AsInteger is { } a && right.AsInteger is { } b && (operation != "**" || b >= 0))
        {
            try
            {
                return Whole(operation, a, b);
            }
            catch (OverflowException)
            {
                throw TooLarge();
            }
        }

        if (operation == "**" && left.AsDouble == 0 && right.AsDouble < 0)
        {
            throw Fault.Runtime("ZeroDivisionError", "0.0 cannot be raised to a negative power");
        }

        var (x, y) = (left.AsDouble, right.AsDouble);
        return new FloatValue(operation switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            "%" => x - (y * Math.Floor(x / y)),
            _ => Math.Pow(x, y),
        });
    }

    private static long Whole(string operation, long a, long b) => operation switch
    {
        "+" => checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "//" => checked(a / b) - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0),
        "%" => b == -1 ? 0 : (a % b) + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0),
        _ => Power(a, b),
    };

    private static long Power(long a, long b)
    {
        if (a is 0 or 1 or -1)
        {
            return b == 0 ? 1 : a == -1 && b % 2 == 0 ? 1 : a;
        }

        var result = 1L;
        for (; b > 0; b--)
        {
            result = checked(result * a);
        }

        return result;
    }

    private static TextValue Join(TextValue left, TextValue right, Rendering rendering)
    {
        rendering.SpendText((long)left.Content.Length + right.Content.Length);
        return left.IsMarkup || right.IsMarkup
            ? new TextValue(Markup.Escape(left, rendering).Content + Markup.Escape(right, rendering).Content, isMarkup: true)
            : new TextValue(left.Content + right.Content);
    }

    private static SequenceValue Join(SequenceValue left, SequenceValue right, Rendering rendering)
    {
        rendering.SpendList((long)left.Items.Count + right.Items.Count);
        return new SequenceValue(left.Kind, [.. left.Items, .. right.Items]);
    }

    private static bool Repeatable(Value value) => value is TextValue or SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple };

    private static Value Repeat(Value value, long times, Rendering rendering)
    {
        var count = (int)Math.Clamp(times, 0, int.MaxValue);
        if (value is TextValue text)
        {
            rendering.SpendText((long)text.Content.Length * count);
            return new TextValue(text.Content.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text.Content, count)), text.IsMarkup);
        }

        var sequence = (SequenceValue)value;
        rendering.SpendList((long)sequence.Items.Count * count);
        return new SequenceValue(sequence.Kind, sequence.Items.Count == 0 ? [] : [.. Enumerable.Repeat(sequence.Items, count).SelectMany(items => items)]);
    }

    private static ChatTemplateException TooLarge() => Fault.Limit("a whole number does not fit 64 bits");
}
