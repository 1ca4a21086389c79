using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Studies;

/// <summary>Strength over depth: of each run, and over the runs of a kind.</summary>
internal static class StudyCurves
{
    /// <summary>Fewer runs than this have no interval: their range stands in its place.</summary>
    public const int FewestForInterval = 4;

    // Rows may differ by the few texts that a scorer could not score. Strength grows with rows; this much moves it less than another seed.
    private const double NearlyEqual = 0.05;

    /// <summary>The curves. A run whose probes rest on another number of rows than those of most runs has none in that scenario, which is told.</summary>
    public static IReadOnlyList<StudyCurve> Of(StudyMatch match, List<LeftOut> leftOut)
    {
        var (curves, unequal) = (new List<StudyCurve>(), new List<(StudyCurve Curve, int Usual)>());
        foreach (
            var cell in match.Runs.SelectMany(source => source.Findings!.Internals
                    .Where(row => row.Probe == match.Probe && row.Scorer == match.Scorer && row.Control == "none")
                    .Select(row => (source, row)))
                .GroupBy(pair => (pair.row.Scenario, pair.row.Attribute))
                .OrderBy(group => group.Key.Scenario).ThenByAttribute(group => group.Key.Attribute))
        {
            StudyCurve[] ofCell =
            [
                .. cell.GroupBy(pair => pair.source)
                    .Select(rows => Curve(rows.Key, cell.Key.Scenario, cell.Key.Attribute, [.. rows.Select(pair => pair.row)])),
            ];
            var usual = ofCell.GroupBy(curve => curve.N).OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key).First().Key;
            var unlike = ofCell.Where(curve => Math.Abs(curve.N - usual) > NearlyEqual * usual).ToArray();
            unequal.AddRange(unlike.Select(curve => (curve, usual)));
            curves.AddRange(ofCell.Except(unlike));
        }

        // One reason for all attributes of a run is told once.
        leftOut.AddRange(unequal.GroupBy(pair => (pair.Curve.Scenario, pair.Curve.Run)).Select(same => new LeftOut(
            $"{same.Key.Scenario} of {same.Key.Run}",
            $"its probes rest on {Counts(same.Select(pair => pair.Curve.N))} rows, those of most runs on {Counts(same.Select(pair => pair.Usual))}: " +
            "strength grows with rows")));

        return curves;
    }

    /// <summary>Means over the runs of each kind, with intervals over runs.</summary>
    public static IReadOnlyList<StudyBand> Bands(IReadOnlyList<StudyCurve> curves, StudyMatch match, StudyOptions options)
    {
        var members = match.Runs.ToDictionary(source => source.Member.Name, source => source.Member, StringComparer.Ordinal);
        return
        [
            .. from curve in curves
               where members[curve.Run].Kind is not null
               group curve by (members[curve.Run].Kind, curve.Scenario, curve.Attribute) into kind
               from step in Enumerable.Range(0, RelativeDepth.Steps + 1)
               let there = kind.Where(curve => curve.Relative[step] is not null).ToArray()
               where there.Length > 0
               let values = there.Select(curve => curve.Relative[step]!.Value).ToArray()
               let interval = Interval(values, options)
               select new StudyBand(
                   kind.Key.Kind!,
                   kind.Key.Scenario,
                   kind.Key.Attribute,
                   step,
                   Moments.Mean(values).Value!.Value,
                   interval.Low,
                   interval.High,
                   values.Length,
                   there.Select(curve => members[curve.Run].Family).Distinct(StringComparer.Ordinal).Count()),
        ];
    }

    /// <summary>The interval of a mean over runs; of too few their range.</summary>
    public static (double? Low, double? High) Interval(double[] values, StudyOptions options)
    {
        if (values.Length < FewestForInterval)
        {
            return values.Length < 2 ? (null, null) : (values.Min(), values.Max());
        }

        var found = MeanOf(values, options);
        return (found.Low, found.High);
    }

    /// <summary>The mean over runs with its percentile interval.</summary>
    public static Estimate MeanOf(double[] values, StudyOptions options) => Bootstrap.Percentile(
        values.Length,
        rows =>
        {
            var sum = 0.0;
            foreach (var row in rows)
            {
                sum += values[row];
            }

            return sum / rows.Length;
        },
        options.Resamples,
        options.Seed);

    private static string Counts(IEnumerable<int> rows) => string.Join(" or ", rows.Distinct().Order());

    private static StudyCurve Curve(StudySource source, Scenario scenario, string attribute, InternalsFinding[] rows)
    {
        var strength = new double[source.Findings!.Manifest.Model.Layers];
        strength.AsSpan().Fill(double.NaN);
        foreach (var row in rows)
        {
            strength[row.Layer] = row.R ?? double.NaN;
        }

        return new StudyCurve(
            source.Member.Name,
            scenario,
            attribute,
            [.. strength.Select(OrNull)],
            [.. Enumerable.Range(0, RelativeDepth.Steps + 1).Select(step => OrNull(RelativeDepth.At(strength, step)))],
            rows.Max(row => row.N));

        static double? OrNull(double value) => double.IsFinite(value) ? value : null;
    }
}
