using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Interplay within the model: out-of-fold predictions of scenario Input beside what the model wrote, prompt by prompt.</summary>
internal static class WithinAnalysis
{
    private const int Covariates = 2;

    /// <summary>
    /// A row for each layer of the first attribute (<see cref="AttributeOrder"/>) that is probed and scored; none without predictions or scores, and of probes
    /// of
    /// several classes, whose predictions are class numbers.
    /// </summary>
    public static IEnumerable<WithinFinding> Of(ProbeSource source, StoredScores? scores, AnalysisOptions options)
    {
        var cells = source.Cells.Where(cell => cell is { Control: "none", Scenario: Scenario.Input }).ToArray();
        var attribute = scores?.Attributes.FirstOrDefault(found => !TextProperty.Is(found.Attribute) && cells.Any(cell => cell.Attribute == found.Attribute));
        if (attribute is null)
        {
            return [];
        }

        var rows = new List<WithinFinding>();
        foreach (var cell in cells.Where(cell => cell.Attribute == attribute.Attribute).OrderBy(cell => cell.Layer))
        {
            if (source.Read(cell) is { Probabilities: null, Labels.Length: 1 } series)
            {
                rows.Add(
                    Row(
                        source,
                        cell,
                        series,
                        attribute.Attribute,
                        prompt => scores!.IsComplete(attribute, prompt) ? attribute.Max[prompt] : double.NaN,
                        options));
            }
        }

        double[] p = [.. rows.Select(row => row.P).OfType<double>()];
        var adjusted = new Queue<double>(Holm.Adjusted(p));
        return [.. rows.Select(row => row with { AdjustedP = row.P is null ? null : adjusted.Dequeue() })];
    }

    private static WithinFinding Row(ProbeSource source, CellKey cell, CellSeries series, string attribute, Func<int, double> behavior, AnalysisOptions options)
    {
        var (predicted, written, truth, folds) = (new List<double>(), new List<double>(), new List<double>(), new List<int>());
        for (var row = 0; row < series.Rows.Count; row++)
        {
            var (mean, maximum) = (series.Predictions.Average(seed => seed[row]), behavior(series.Rows.Prompts[row]));
            if (double.IsFinite(mean) && double.IsFinite(maximum))
            {
                predicted.Add(mean);
                written.Add(maximum);
                truth.Add(series.Labels[0][row]);
                folds.Add(Enumerable.Range(0, series.Rows.Folds).Last(fold => series.Rows.FoldStarts[fold] <= row));
            }
        }

        var found = new WithinFinding { Probe = source.Probe, Scorer = source.Scorer, Attribute = attribute, Layer = cell.Layer, N = predicted.Count };
        if (predicted.Count < SampleSize.ForInterval || folds.Distinct().Count() < series.Rows.Folds)
        {
            return found with { Reason = MissingReason.TooFewRows };
        }

        var estimate = WithinModel.PartialCorrelation([.. predicted], [.. written], [.. truth], [.. folds], false, options.Resamples, options.Seed);
        return found with
        {
            R = estimate.Value,
            Low = estimate.Low,
            High = estimate.High,
            // Each fold loses its own mean and covariates.
            P = estimate.Value is { } r && predicted.Count - (series.Rows.Folds * (Covariates + 3)) is > 0 and var degrees
                ? Normal.TwoSided(Math.Atanh(Math.Clamp(r, -0.999999, 0.999999)) * Math.Sqrt(degrees))
                : null,
            Reason = estimate.Low is null ? estimate.Reason ?? MissingReason.TooFewRows : null,
            Estimator = estimate.Low is null ? "" : estimate.Estimator,
        };
    }
}
