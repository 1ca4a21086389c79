using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Interplay;

/// <summary>Correlations over runs of information strength with behaviour: do models that encode more behave otherwise?</summary>
public static class InterplayAnalysis
{
    /// <summary>Fewer runs than this are warned about.</summary>
    public const int FewRuns = 8;

    // Strengths at a depth are rounded, so that values that are equal on paper are ties whatever the order of operations.
    private const int Decimals = 12;

    /// <summary>All correlations of two tables.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="options">Resamples, permutations, seed.</param>
    /// <param name="draws">The resamples and permutations, where they are not to be seeded ones.</param>
    /// <param name="cancellationToken">Stops between correlations.</param>
    public static InterplayFindings Of(
        InterplayTables tables,
        InterplayOptions options,
        GroupedDraws? draws = null,
        CancellationToken cancellationToken = default) => Of([tables], options, draws, cancellationToken);

    /// <summary>All correlations of several tables, corrected for their number together.</summary>
    /// <param name="tables">The tables: one for each attribute, where behaviour is that of the attribute.</param>
    /// <param name="options">Resamples, permutations, seed.</param>
    /// <param name="draws">The resamples and permutations, where they are not to be seeded ones.</param>
    /// <param name="cancellationToken">Stops between correlations.</param>
    public static InterplayFindings Of(
        IReadOnlyList<InterplayTables> tables,
        InterplayOptions options,
        GroupedDraws? draws = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        draws ??= new GroupedDraws(options.Resamples, options.Permutations, options.Seed);
        Question[] questions = [.. tables.SelectMany(Questions)];
        var rows = new InterplayFinding[questions.Length];
        ParallelWork.For(questions.Length, i => rows[i] = Answer(questions[i], draws), cancellationToken);
        var all = tables.SelectMany(table => table.Runs).DistinctBy(run => run.Name).ToArray();
        var families = all.Select(run => run.Family).Distinct(StringComparer.Ordinal).Count();
        return new InterplayFindings
        {
            Runs = all.Length,
            Families = families,
            Rows = Adjusted(rows),
            Points = [.. tables.SelectMany(Points)],
            Warnings = [.. Warnings(all.Length, families), .. tables.SelectMany(table => table.Notes)],
            Resamples = options.Resamples,
            Permutations = options.Permutations,
            Seed = options.Seed,
        };
    }

    private static IEnumerable<InterplayPoint> Points(InterplayTables tables) =>
        from scenario in tables.ScenariosThere
        from attribute in tables.Attributes
        from run in tables.Runs
        let strengths = tables.Strengths(run, scenario, attribute)
        select new InterplayPoint(
            run.Name,
            run.Family,
            scenario,
            attribute,
            tables.Metrics.ToDictionary(metric => metric, metric => OrNull(run.Behavior[metric]), StringComparer.Ordinal),
            OrNull(Math.Round(strengths.Average(), Decimals)),
            [.. Enumerable.Range(0, RelativeDepth.Steps + 1).Select(step => OrNull(Math.Round(RelativeDepth.At(strengths, step), Decimals)))]);

    private static double? OrNull(double value) => double.IsFinite(value) ? value : null;

    private static IEnumerable<string> Warnings(int runs, int families)
    {
        if (runs < GroupedCorrelation.FewestRows)
        {
            yield return $"{runs} runs: no correlation is computed below {GroupedCorrelation.FewestRows}.";
        }
        else if (runs < FewRuns)
        {
            yield return
                $"{runs} runs are too few to conclude how models in general behave: below {FewRuns}, a correlation of .7 is no surprise among " +
                "unrelated figures.";
        }

        if (families < GroupedCorrelation.FewestGroups)
        {
            yield return
                $"{(families == 1 ? "One family" : $"{families} families")}: members of a family are alike, and below " +
                $"{GroupedCorrelation.FewestGroups} families nothing can be said of others. There is no interval over families.";
        }
    }

    private static IEnumerable<Question> Questions(InterplayTables tables)
    {
        var cells =
            from scenario in tables.ScenariosThere
            from attribute in tables.Attributes
            select (scenario, attribute, Strengths: tables.Runs.Select(run => tables.Strengths(run, scenario, attribute)).ToArray());
        foreach (var (scenario, attribute, strengths) in cells)
        {
            foreach (var question in At("mean", null, strengths, values => Math.Round(values.Average(), Decimals)))
            {
                yield return question;
            }

            for (var step = 0; step <= RelativeDepth.Steps; step++)
            {
                var depth = step;
                var at = $"relative:{step}/{RelativeDepth.Steps}";
                foreach (var question in At(at, null, strengths, values => Math.Round(RelativeDepth.At(values, depth), Decimals)))
                {
                    yield return question;
                }
            }

            foreach (var layers in tables.Runs.Select(run => run.Layers).Distinct().Order())
            {
                for (var layer = 0; layer <= layers; layer++)
                {
                    var index = layer;
                    foreach (var question in At($"layer:{layer}", layers, strengths, values => values[index]))
                    {
                        yield return question;
                    }
                }
            }

            IEnumerable<Question> At(string at, int? layers, double[][] values, Func<double[], double> strength) =>
                from metric in tables.Metrics
                from kind in Enum.GetValues<CorrelationKind>()
                select new Question(
                    at, layers, scenario, attribute, metric, kind,
                    [
                        .. tables.Runs.Select((run, i) => (run, values: values[i]))
                            .Where(pair => layers is null || pair.run.Layers == layers)
                            .Select(pair => (X: strength(pair.values), Y: pair.run.Behavior[metric], pair.run.Family))
                            .Where(pair => double.IsFinite(pair.X) && double.IsFinite(pair.Y)),
                    ]);
        }
    }

    private static InterplayFinding Answer(Question question, GroupedDraws draws)
    {
        string[] families = [.. question.Pairs.Select(pair => pair.Family).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var found = GroupedCorrelation.Of(
            question.Kind,
            [.. question.Pairs.Select(pair => pair.X)],
            [.. question.Pairs.Select(pair => pair.Y)],
            [.. question.Pairs.Select(pair => Array.BinarySearch(families, pair.Family, StringComparer.Ordinal))],
            draws);
        return new InterplayFinding
        {
            At = question.At,
            Layers = question.Layers,
            Scenario = question.Scenario,
            Attribute = question.Attribute,
            Metric = question.Metric,
            Statistic = question.Kind == CorrelationKind.Pearson ? "pearson" : "spearman",
            R = found.R,
            Reason = found.Reason == Undefined.TooFewRows ? "too_few_runs" : found.Reason ?? (found.GroupLow is null ? "too_few_families" : null),
            Low = found.Low,
            High = found.High,
            Runs = found.Rows,
            Families = found.Groups,
            FamilyLow = found.GroupLow,
            FamilyHigh = found.GroupHigh,
            WithoutOneLow = found.WithoutOneLow,
            WithoutOneHigh = found.WithoutOneHigh,
            P = found.P,
        };
    }

    // One family of tests: a kind of place (and a depth), a metric, a statistic. What could not be tested still was asked, and counts as p = 1.
    private static InterplayFinding[] Adjusted(InterplayFinding[] rows)
    {
        var adjusted = rows.ToArray();
        foreach (var family in Enumerable.Range(0, rows.Length).GroupBy(i => (rows[i].At.Split(':')[0], rows[i].Layers, rows[i].Metric, rows[i].Statistic)))
        {
            int[] places = [.. family];
            double[] p = [.. places.Select(i => rows[i].P ?? 1)];
            var (holm, bh) = (Holm.Adjusted(p), BenjaminiHochberg.Adjusted(p));
            for (var i = 0; i < places.Length; i++)
            {
                adjusted[places[i]] = rows[places[i]] with { Holm = holm[i], Bh = bh[i] };
            }
        }

        return adjusted;
    }

    private sealed record Question(
        string At,
        int? Layers,
        string Scenario,
        string Attribute,
        string Metric,
        CorrelationKind Kind,
        IReadOnlyList<(double X, double Y, string Family)> Pairs);
}
