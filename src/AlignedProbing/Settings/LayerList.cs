using System.Globalization;

namespace AlignedProbing.Settings;

/// <summary>Layers as people write them: <c>0,6,12-18</c>.</summary>
public static class LayerList
{
    private const int Most = 10_000;

    /// <summary>The layers, ascending and without repetition.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static IReadOnlyList<int> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var layers = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
            {
                throw new FormatException($"'{part}' is neither a number nor a range of numbers; write for example 0,6,12-18");
            }

            for (var layer = first; layer <= last; layer++)
            {
                layers.Add(layer);
            }
        }

        return [.. layers];

        static bool Number(string digits, out int value) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value < Most;
    }
}
