using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Labels;

/// <summary>The labels of a cell as classes.</summary>
/// <param name="Numbers">The class of each of the cell's rows, from 0; empty where there are none.</param>
/// <param name="Names">Names of the classes.</param>
/// <param name="Missing">Why labels cannot be classes; null where they can.</param>
internal sealed record ClassLabels(int[] Numbers, IReadOnlyList<string> Names, string? Missing)
{
    private const double Half = 0.5;

    // With fewer rows a class than that, most folds lack most classes.
    private const int FewestRowsOfClass = 2;

    /// <summary>
    /// The classes of rows: each value of the labels is one, in ascending order. Where a probe tells two apart and labels are numbers of more values, scores
    /// from .5 on are the second, as texts that count as toxic.
    /// </summary>
    /// <param name="column">The labels.</param>
    /// <param name="rows">The rows used.</param>
    /// <param name="most">The most classes that the probe tells apart.</param>
    public static ClassLabels Of(LabelColumn column, int[] rows, int most)
    {
        double[] values = [.. rows.Select(row => column.Values[row])];
        double[] distinct = [.. values.Distinct().Order()];
        if (most == 2 && distinct.Length > 2 && column.Classes is null)
        {
            return new ClassLabels([.. values.Select(value => value >= Half ? 1 : 0)], ["<0.5", ">=0.5"], null);
        }

        return distinct.Length > most || (distinct.Length > 2 && distinct.Length * FewestRowsOfClass > rows.Length)
            ? new ClassLabels([], [], MissingReason.TooManyClasses)
            : new ClassLabels(
                [.. values.Select(value => Array.BinarySearch(distinct, value))],
                [.. distinct.Select(value => column.Classes is { } names ? names[(int)value] : value.ToString("R", CultureInfo.InvariantCulture))],
                null);
    }
}
