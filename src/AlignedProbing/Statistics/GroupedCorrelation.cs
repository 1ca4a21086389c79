namespace AlignedProbing.Statistics;

/// <summary>
/// A correlation over few rows that come in groups, such as models of families: with percentile intervals over rows and over whole groups, the range when one
/// group is left out, and the p of a permutation test.
/// </summary>
public sealed record GroupedCorrelation
{
    /// <summary>Fewer rows than this have no correlation.</summary>
    public const int FewestRows = 4;

    /// <summary>Fewer groups than this have no interval over groups.</summary>
    public const int FewestGroups = 3;

    /// <summary>The correlation, in [-1, 1]; null where there is none.</summary>
    public double? R { get; init; }

    /// <summary>Why there is none (one of <see cref="Undefined"/>); null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>Rows it rests on.</summary>
    public required int Rows { get; init; }

    /// <summary>Groups that the rows are of.</summary>
    public required int Groups { get; init; }

    /// <summary>Lower end of the 95 % interval over rows.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the 95 % interval over rows.</summary>
    public double? High { get; init; }

    /// <summary>Resamples of rows on which the correlation is undefined: the interval leaves them out.</summary>
    public int UndefinedRows { get; init; }

    /// <summary>Lower end of the 95 % interval over groups: all rows of a drawn group together, as often as it was drawn.</summary>
    public double? GroupLow { get; init; }

    /// <summary>Upper end of the 95 % interval over groups.</summary>
    public double? GroupHigh { get; init; }

    /// <summary>Resamples of groups on which the correlation is undefined.</summary>
    public int UndefinedGroups { get; init; }

    /// <summary>The smallest correlation when one group is left out.</summary>
    public double? WithoutOneLow { get; init; }

    /// <summary>The largest correlation when one group is left out.</summary>
    public double? WithoutOneHigh { get; init; }

    /// <summary>The two-sided p of the permutation test; null where there is no correlation.</summary>
    public double? P { get; init; }

    /// <summary>Computes it.</summary>
    /// <param name="kind">Which correlation.</param>
    /// <param name="x">One series.</param>
    /// <param name="y">The other; this one is permuted.</param>
    /// <param name="groups">The group of each row, numbered from 0 without gaps.</param>
    /// <param name="draws">The resamples and permutations.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static GroupedCorrelation Of(CorrelationKind kind, double[] x, double[] y, int[] groups, GroupedDraws draws)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(draws);
        if (x.Length != y.Length || x.Length != groups.Length)
        {
            throw new ArgumentException($"{x.Length} values against {y.Length}, of {groups.Length} groups.", nameof(y));
        }

        var count = groups.Length == 0 ? 0 : groups.Max() + 1;
        var none = new GroupedCorrelation { Rows = x.Length, Groups = count };
        if (x.Length < FewestRows)
        {
            return none with { Reason = Undefined.TooFewRows };
        }

        var whole = Correlation.Of(kind, x, y);
        if (whole.Value is not { } r)
        {
            return none with { Reason = whole.Reason };
        }

        var members = Enumerable.Range(0, count).Select(group => Enumerable.Range(0, x.Length).Where(row => groups[row] == group).ToArray()).ToArray();
        var (low, high, undefinedRows) = Interval(kind, x, y, draws.Rows(x.Length));
        var (groupLow, groupHigh, undefinedGroups) = count < FewestGroups
            ? (null, null, 0)
            : Interval(kind, x, y, draws.Groups(count).Select(drawn => drawn.SelectMany(group => members[group]).ToArray()));
        double[] without =
        [
            .. Enumerable.Range(0, count)
                .Select(group => Drawn(kind, x, y, [.. Enumerable.Range(0, x.Length).Where(row => groups[row] != group)]))
                .OfType<double>(),
        ];
        return none with
        {
            R = r,
            Low = low,
            High = high,
            UndefinedRows = undefinedRows,
            GroupLow = groupLow,
            GroupHigh = groupHigh,
            UndefinedGroups = undefinedGroups,
            WithoutOneLow = without.Length == 0 || count < 2 ? null : without.Min(),
            WithoutOneHigh = without.Length == 0 || count < 2 ? null : without.Max(),
            P = PermutationP(kind, x, y, r, draws.Permutations(x.Length)),
        };
    }

    // Ranks are made anew in each resample; undefined resamples are left out and counted.
    private static (double? Low, double? High, int Undefined) Interval(CorrelationKind kind, double[] x, double[] y, IEnumerable<int[]> draws)
    {
        var (values, undefined) = (new List<double>(), 0);
        foreach (var rows in draws)
        {
            if (Drawn(kind, x, y, rows) is { } value)
            {
                values.Add(value);
            }
            else
            {
                undefined++;
            }
        }

        values.Sort();
        var sorted = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values);
        return (Quantile.OfSorted(sorted, 0.025).Value, Quantile.OfSorted(sorted, 0.975).Value, undefined);
    }

    private static double? Drawn(CorrelationKind kind, double[] x, double[] y, int[] rows) =>
        Correlation.Of(kind, Array.ConvertAll(rows, row => x[row]), Array.ConvertAll(rows, row => y[row])).Value;

    // The series keep their means and spreads when permuted: only the sum of products is computed anew.
    private static double PermutationP(CorrelationKind kind, double[] x, double[] y, double r, int[][] permutations)
    {
        var (a, b) = kind == CorrelationKind.Spearman ? (Ranks.Of(x), Ranks.Of(y)) : (x, y);
        var (meanA, meanB) = (a.Average(), b.Average());
        a = Array.ConvertAll(a, value => value - meanA);
        b = Array.ConvertAll(b, value => value - meanB);
        var scale = Math.Sqrt(a.Sum(value => value * value)) * Math.Sqrt(b.Sum(value => value * value));
        var permuted = new double[permutations.Length];
        for (var number = 0; number < permuted.Length; number++)
        {
            var (sum, rows) = (0.0, permutations[number]);
            for (var row = 0; row < a.Length; row++)
            {
                sum += a[row] * b[rows[row]];
            }

            permuted[number] = sum / scale;
        }

        return Permutation.TwoSided(r, permuted);
    }
}
