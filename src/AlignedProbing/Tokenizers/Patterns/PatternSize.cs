using System.Globalization;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>
/// How large a regular expression of .NET becomes when it is compiled. Counted repetitions are written out by the compiler, so that nested ones multiply:
/// a short pattern may need more memory than there is.
/// </summary>
internal static class PatternSize
{
    /// <summary>Most elements of a compiled pattern: what is larger is refused, for time and memory grow with it.</summary>
    public const long Most = 20_000;

    /// <summary>Most groups within one another.</summary>
    public const int Deepest = 100;

    /// <summary>Refuses a pattern that would become too large.</summary>
    /// <param name="pattern">The pattern in .NET's dialect, without comments and extended spacing.</param>
    /// <param name="told">The pattern as the file has it, for the message.</param>
    /// <exception cref="TokenizerException">It would.</exception>
    public static void Check(string pattern, string told)
    {
        // The size of each open group so far, the innermost last, and the size of the last atom.
        var sizes = new Stack<long>([0]);
        long atom = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    Add(1);
                    break;
                case '[':
                    i = EndOfClass(pattern, i);
                    Add(1);
                    break;
                case '(':
                    sizes.Push(1);
                    if (sizes.Count > Deepest)
                    {
                        throw TooLarge(told, $"nests groups more than {Deepest} deep");
                    }

                    break;
                case ')' when sizes.Count > 1:
                    Add(sizes.Pop());
                    break;
                case '{' when TryReadCount(pattern, i, out var most, out var end):
                    // The atom is in the sum once already.
                    var repeated = atom * Math.Max(0, most - 1);
                    sizes.Push(sizes.Pop() + repeated);
                    atom += repeated;
                    i = end;
                    break;
                case '*' or '+' or '?' or '|' or '^' or '$':
                    break;
                default:
                    Add(1);
                    break;
            }

            if (sizes.Peek() > Most || pattern.Length > Most)
            {
                throw TooLarge(told, $"becomes larger than {Most} elements when its repetitions are written out");
            }
        }

        void Add(long size)
        {
            atom = size;
            sizes.Push(sizes.Pop() + size);
        }
    }

    private static int EndOfClass(string pattern, int start)
    {
        var i = start + 1;
        if (i < pattern.Length && pattern[i] == '^')
        {
            i++;
        }

        // A bracket that comes first is a member.
        for (i++; i < pattern.Length && pattern[i] != ']'; i++)
        {
            i += pattern[i] == '\\' ? 1 : 0;
        }

        return i;
    }

    private static bool TryReadCount(string pattern, int start, out long most, out int end)
    {
        most = 0;
        end = pattern.IndexOf('}', start);
        if (end < 0)
        {
            return false;
        }

        var bounds = pattern[(start + 1)..end].Split(',');
        foreach (var bound in bounds)
        {
            if (bound.Length > 0 && !long.TryParse(bound, NumberStyles.None, CultureInfo.InvariantCulture, out most))
            {
                return false;
            }
        }

        most = Math.Min(most, Most + 1);
        return bounds.Length <= 2;
    }

    private static TokenizerException TooLarge(string told, string what) => new(
        "reading a pattern of the tokenizer",
        $"the pattern '{(told.Length > 200 ? told[..200] + "..." : told)}' {what}",
        "Use another tokenizer file");
}
