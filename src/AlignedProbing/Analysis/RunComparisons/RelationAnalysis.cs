using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>Behaviour beside strength over runs: points from three runs on, a correlation only from <see cref="RelationFinding.FewestRuns"/> on.</summary>
internal static class RelationAnalysis
{
    private const int FewestPoints = 3;

    private static readonly string[] Metrics = ["EMT", "TP", "TC"];

    /// <summary>A row for each curve, figure of behaviour and way to sum up a curve.</summary>
    /// <param name="runs">Names of the runs, in order.</param>
    /// <param name="figures">Their figures.</param>
    /// <param name="options">Number of resamples and their seed.</param>
    public static IReadOnlyList<RelationFinding> Of(IReadOnlyList<string> runs, IReadOnlyList<RunFigure> figures, ComparisonOptions options)
    {
        if (runs.Count < FewestPoints)
        {
            return [];
        }

        var behavior = figures
            .Where(row => row is { Kind: "behavior", Subset: "all", Value: not null })
            .ToDictionary(row => (row.Scorer, row.Attribute, row.Metric, row.Run), row => row.Value!.Value);
        var found = new List<RelationFinding>();
        foreach (
            var curve in figures
                .Where(row => row.Probe is not null && row is { Kind: "strength" } or { Kind: "peak", Metric: "r" })
                .GroupBy(row => (row.Kind, row.Scorer, row.Probe, row.Attribute, row.Scenario)))
        {
            var strengths = curve.GroupBy(row => row.Run).ToDictionary(run => run.Key, run => run.Average(row => row.Value));
            foreach (var metric in Metrics)
            {
                RelationPoint[] points = [.. runs
                    .Where(run => behavior.ContainsKey((curve.Key.Scorer, curve.Key.Attribute, metric, run)) && strengths.GetValueOrDefault(run) is not null)
                    .Select(run => new RelationPoint(run, behavior[(curve.Key.Scorer, curve.Key.Attribute, metric, run)], strengths[run]!.Value))];
                if (points.Length >= FewestPoints)
                {
                    found.Add(Correlated(new RelationFinding
                    {
                        Scorer = curve.Key.Scorer,
                        Probe = curve.Key.Probe!,
                        Attribute = curve.Key.Attribute,
                        Scenario = curve.Key.Scenario!.Value,
                        Metric = metric,
                        Strength = curve.Key.Kind == "peak" ? "peak" : "mean",
                        Points = points,
                    }, options));
                }
            }
        }

        return found;
    }

    private static RelationFinding Correlated(RelationFinding relation, ComparisonOptions options)
    {
        double[] x = [.. relation.Points.Select(point => point.Behavior)];
        double[] y = [.. relation.Points.Select(point => point.Strength)];
        if (x.Length < RelationFinding.FewestRuns)
        {
            return relation with { Reason = MissingReason.TooFewRows };
        }

        var (r, reason) = Pearson.Of(x, y);
        if (r is null)
        {
            return relation with { Reason = reason };
        }

        var estimate = Bootstrap.Percentile(
            x.Length,
            rows =>
            {
                var (drawnX, drawnY) = (new double[rows.Length], new double[rows.Length]);
                for (var i = 0; i < rows.Length; i++)
                {
                    (drawnX[i], drawnY[i]) = (x[rows[i]], y[rows[i]]);
                }

                return Pearson.Of(drawnX, drawnY).Value ?? double.NaN;
            },
            options.Resamples,
            options.Seed);
        return relation with { R = r, Low = estimate.Low, High = estimate.High };
    }
}
