using System.Globalization;

namespace AlignedProbing.Cli.Options;

/// <summary>Layers as people write them: <c>0,6,12-18</c>.</summary>
internal static class LayerList
{
    /// <summary>The layers, ascending and without repetition; null for null.</summary>
    /// <exception cref="InputException">The text is not of that form.</exception>
    public static IReadOnlyList<int>? Parse(string? text, string option = "--layers")
    {
        if (text is null)
        {
            return null;
        }

        var layers = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
            {
                throw new InputException(
                    "wrong-usage",
                    $"{option} {text}",
                    $"'{part}' is neither a number nor a range of numbers",
                    $"Write for example {option} 0,6,12-18");
            }

            for (var layer = first; layer <= last; layer++)
            {
                layers.Add(layer);
            }
        }

        return [.. layers];

        static bool Number(string digits, out int value) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value < 10_000;
    }
}
