using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>How strongly layers encode what: the runs of each cell put together.</summary>
internal static class InternalsAnalysis
{
    /// <summary>
    /// The cells of one probe on one scorer's labels, in the order of the findings, and where their predictions are; layers not yet probed are counted in
    /// <paramref name="unprobed"/>, and the mean r of each cell's folds is noted in <paramref name="folds"/>.
    /// </summary>
    public static (IReadOnlyList<InternalsFinding> Cells, IReadOnlyDictionary<CellKey, CellPlace> Places) Of(
        RunFolder run,
        Manifest manifest,
        string probe,
        string scorer,
        List<MissingCount> unprobed,
        Dictionary<PeakAnalysis.Place, double[]> folds)
    {
        var cells = new List<InternalsFinding>();
        var places = new Dictionary<CellKey, CellPlace>();
        var absent = 0;
        var epochs = ProbeNotes.Epochs(run, probe, scorer);
        var continuations = ProbeNotes.Continuations(run, probe, scorer).Count;
        var asked = manifest.Measurement.Layers ?? [.. Enumerable.Range(0, manifest.Model.Layers)];
        for (var layer = 0; layer < manifest.Model.Layers; layer++)
        {
            var path = run.ProbeRunsPath(probe, scorer, layer);
            if (!run.HasProbeRuns(probe, scorer, layer))
            {
                absent += asked.Contains(layer) ? 1 : 0;
                continue;
            }

            var codes = CodeAnalysis.Of(run, probe, scorer, layer);
            var index = 0;
            foreach (var cell in run.ReadProbeRuns(probe, scorer, layer).GroupBy(line => (line.Scenario, line.Attribute, line.Control)))
            {
                if (cell.FirstOrDefault(line => line.Layer != layer) is { } stray)
                {
                    throw PromptIndex.Broken($"it holds a run of layer {stray.Layer}", path);
                }

                places[new CellKey(cell.Key.Scenario, cell.Key.Attribute, cell.Key.Control, layer)] = new CellPlace(
                    index++,
                    [.. cell.Select(line => line.Seed).Distinct()]);
                folds[new PeakAnalysis.Place(probe, scorer, cell.Key.Scenario, cell.Key.Attribute, cell.Key.Control, layer)] = PeakAnalysis.ByFold(cell);
                var found = Cell(probe, scorer, layer, [.. cell], epochs, continuations, path);
                cells.Add(found with { OnlineCode = CodeAnalysis.Beside(codes.GetValueOrDefault(cell.Key), cell) });
            }
        }

        if (absent > 0)
        {
            unprobed.Add(new MissingCount($"layers probed: {probe} on {scorer}", MissingReason.NotRun, absent, asked.Count));
        }

        return (
        [
            .. cells
                .OrderBy(cell => cell.Control != "none").ThenBy(cell => cell.Control, StringComparer.Ordinal)
                .ThenBy(cell => cell.Scenario)
                .ThenByAttribute(cell => cell.Attribute)
                .ThenBy(cell => cell.Layer),
        ], places);
    }

    private static InternalsFinding Cell(string probe, string scorer, int layer, ProbeRun[] runs, int epochs, int continuations, string path)
    {
        if (runs.Select(run => (run.Fold, run.Seed)).Distinct().Count() != runs.Length)
        {
            throw PromptIndex.Broken($"it holds the same fold and seed of {runs[0].Scenario}, {runs[0].Attribute} twice", path);
        }

        // One order for all sums, so that the order of the lines does not matter to the last bit.
        Array.Sort(runs, (a, b) => (a.Fold, a.Seed).CompareTo((b.Fold, b.Seed)));
        ProbeRun[] defined = [.. runs.Where(run => run.R is not null)];
        double[] values = [.. defined.Select(run => run.R!.Value)];
        double? mean = values.Length == 0 ? null : values.Average();
        // Rows of one prompt are no independent ones: they count once.
        var perPrompt = runs[0].Scenario is Scenario.Forward or Scenario.Output ? continuations : 1;
        double? trained = defined.Length == 0 ? null : defined.Average(run => (double)run.TrainN) / perPrompt;
        var (low, high) = mean is { } r ? StrengthInterval.Of(r, trained!.Value) : (null, null);
        var (foldsLow, foldsHigh) = mean is { } strength ? FoldInterval.Of(runs, strength) : (null, null);
        var missing = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var run in runs.Where(run => run.R is null))
        {
            var reason = run.Missing ?? MissingReason.NotFinite;
            missing[reason] = missing.GetValueOrDefault(reason) + 1;
        }

        return new InternalsFinding
        {
            Probe = probe,
            Control = runs[0].Control,
            Scorer = scorer,
            Scenario = runs[0].Scenario,
            Attribute = runs[0].Attribute,
            Layer = layer,
            R = mean,
            Low = low,
            High = high,
            TrainN = trained,
            FoldsLow = foldsLow,
            FoldsHigh = foldsHigh,
            Spread = Moments.StandardDeviation(values).Value,
            Spearman = Beside(defined, run => run.Spearman),
            R2 = Beside(defined, run => run.R2),
            Classifier = ClassifierAnalysis.Of(runs, trained),
            LastEpoch = Mean(runs.Select(run => run.Epoch is { } epoch ? (epoch >= epochs ? 1.0 : 0.0) : (double?)null)),
            Mse = mean is null ? Mean(runs.Select(run => run.Mse)) : Beside(defined, run => run.Mse),
            // Test folds share no row and together hold them all; every seed has the same ones.
            N = runs.GroupBy(run => run.Fold).Sum(fold => fold.First().N),
            Runs = values.Length,
            MissingRuns = runs.Length - values.Length,
            MissingByReason = missing.Count == 0 ? null : missing,
            Reason = mean is null ? missing.MaxBy(pair => pair.Value).Key : low is null ? MissingReason.TooFewRows : null,
            Estimator = low is null ? "" : StrengthInterval.Estimator,
        };
    }

    // What stands beside r rests on the same runs, or is missing.
    private static double? Beside(ProbeRun[] runs, Func<ProbeRun, double?> figure) =>
        Array.TrueForAll(runs, run => figure(run) is not null) ? Mean(runs.Select(figure)) : null;

    private static double? Mean(IEnumerable<double?> values) => values.OfType<double>().ToArray() is { Length: > 0 } there ? there.Average() : null;
}
