using System.Collections.Concurrent;
using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Intervals of strength over prompts, selectivity and differences, from stored out-of-fold predictions (docs/reference/findings.md). Attribute by attribute,
/// so that
/// memory holds the resamples of one.
/// </summary>
internal sealed class StrengthAnalysis(ProbeSource source, PromptDraws draws, string correction)
{
    /// <summary>Name of the interval of strength, selectivity and differences of cells with the same rows.</summary>
    public const string WithinFolds = "prompts-within-folds";

    /// <summary>Name of the interval of differences of cells whose rows and folds differ.</summary>
    public const string OverPrompts = "prompts-paired";

    private const double Agreement = 1e-4;

    private readonly List<SelectivityFinding> _selectivity = [];
    private readonly List<StrengthDifference> _differences = [];

    public IReadOnlyList<SelectivityFinding> Selectivity => _selectivity;

    public IReadOnlyList<StrengthDifference> Differences => _differences;

    /// <summary>The cells, with intervals over prompts where predictions are stored.</summary>
    public IReadOnlyList<InternalsFinding> Of(IReadOnlyList<InternalsFinding> cells, CancellationToken cancellationToken)
    {
        var found = new Dictionary<CellKey, InternalsFinding>();
        foreach (var attribute in cells.Select(cell => cell.Attribute).Distinct())
        {
            cancellationToken.ThrowIfCancellationRequested();
            InternalsFinding[] ofAttribute = [.. cells.Where(cell => cell.Attribute == attribute && cell.R is not null)];
            var samples = Sample(ofAttribute, cancellationToken);
            foreach (var cell in ofAttribute)
            {
                found[Key(cell)] = samples.TryGetValue(Key(cell), out var pair)
                    ? ClassifierAnalysis.WithIntervals(WithInterval(cell, pair.Within), pair.Classes)
                    : cell;
            }

            AddSelectivity(ofAttribute, samples);
            AddLayers(ofAttribute, samples);
            AddScenarios(ofAttribute, samples);
        }

        return [.. cells.Select(cell => found.GetValueOrDefault(Key(cell), cell))];
    }

    private static CellKey Key(InternalsFinding cell) => new(cell.Scenario, cell.Attribute, cell.Control, cell.Layer);

    private Dictionary<CellKey, CellSamples> Sample(InternalsFinding[] cells, CancellationToken cancellationToken)
    {
        var samples = new ConcurrentDictionary<CellKey, CellSamples>();
        ParallelWork.For(cells.Length, place =>
        {
            var cell = cells[place];
            if (source.Read(Key(cell)) is { } series)
            {
                var within = StrengthSamples.Of(series, draws.WithinFolds(series.Rows), cell.Control == "none");
                samples[Key(cell)] = new CellSamples(
                    within,
                    cell.Control == "none" ? StrengthSamples.Of(series, draws.OverPrompts(series.Rows), withPartial: false) : null,
                    series.Rows,
                    cell.Classifier is null ? null : ClassSamples.Of(series, draws.WithinFolds(series.Rows)));
            }
        }, cancellationToken);
        foreach (var cell in cells.Where(cell => samples.TryGetValue(Key(cell), out var found) && !(Math.Abs(found.Within.Value - cell.R!.Value) < Agreement)))
        {
            throw PromptIndex.Broken(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"its predictions of {cell.Scenario}, {cell.Attribute}, control {cell.Control} correlate with the labels by " +
                    $"{samples[Key(cell)].Within.Value:0.####}, its runs say {cell.R:0.####}"),
                $"probes/{source.Probe}/{source.Scorer}, layer {cell.Layer}");
        }

        return new Dictionary<CellKey, CellSamples>(samples);
    }

    private static InternalsFinding WithInterval(InternalsFinding cell, StrengthSamples samples)
    {
        var (low, high) = Bootstrap.Interval(samples.Resampled);
        var (partialLow, partialHigh) = double.IsFinite(samples.Partial) ? Bootstrap.Interval(samples.ResampledPartial) : (null, null);
        return cell with
        {
            Low = low,
            High = high,
            Estimator = low is null ? "" : WithinFolds,
            PartialR = double.IsFinite(samples.Partial) ? samples.Partial : null,
            PartialLow = partialLow,
            PartialHigh = partialHigh,
        };
    }

    private void AddSelectivity(InternalsFinding[] cells, Dictionary<CellKey, CellSamples> samples)
    {
        foreach (var control in cells.Where(cell => cell.Control != "none"))
        {
            var plain = cells.FirstOrDefault(cell => cell.Control == "none" && cell.Scenario == control.Scenario && cell.Layer == control.Layer);
            var (low, high) = (default(double?), default(double?));
            var accuracy = ClassifierAnalysis.Less(plain?.Classifier?.Accuracy, control.Classifier?.Accuracy);
            if (
                plain is not null
                && samples.TryGetValue(Key(plain), out var one)
                && samples.TryGetValue(Key(control), out var other)
                && one.Rows.IsLike(other.Rows))
            {
                (low, high) = Bootstrap.Interval(Less(one.Within.Resampled, other.Within.Resampled));
                accuracy = accuracy is null ? null : ClassifierAnalysis.WithInterval(accuracy, Less(one.Classes!.Accuracy, other.Classes!.Accuracy));
            }

            _selectivity.Add(new SelectivityFinding
            {
                Probe = source.Probe,
                Scorer = source.Scorer,
                Control = control.Control,
                Scenario = control.Scenario,
                Attribute = control.Attribute,
                Layer = control.Layer,
                Value = plain?.R - control.R,
                Low = low,
                High = high,
                ControlR = control.R,
                Accuracy = accuracy,
                N = control.N,
                Reason = plain is null ? MissingReason.NotRun : null,
                Estimator = low is null ? "" : WithinFolds,
            });
        }
    }

    // Every other layer of a curve against the layer where it peaks.
    private void AddLayers(InternalsFinding[] cells, Dictionary<CellKey, CellSamples> samples)
    {
        foreach (var curve in cells.Where(cell => cell.Control == "none" && samples.ContainsKey(Key(cell))).GroupBy(cell => cell.Scenario))
        {
            var peak = curve.MaxBy(cell => cell.R)!;
            var best = samples[Key(peak)];
            _differences.AddRange(DifferenceFamily.Corrected(
            [
                .. curve.Where(cell => cell != peak).Select(cell => (cell, Samples: samples[Key(cell)])).Select(pair => pair.Samples.Rows.IsLike(best.Rows)
                    ? Difference("layers", pair.cell, peak, WithinFolds, pair.Samples.Within, best.Within)
                    : Difference("layers", pair.cell, peak, OverPrompts, pair.Samples.Over!, best.Over!)),
            ], correction));
        }
    }

    private void AddScenarios(InternalsFinding[] cells, Dictionary<CellKey, CellSamples> samples)
    {
        InternalsFinding[] plain = [.. cells.Where(cell => cell.Control == "none" && samples.ContainsKey(Key(cell)))];
        _differences.AddRange(DifferenceFamily.Corrected(
        [
            .. from one in plain
               from other in plain
               where one.Layer == other.Layer && one.Scenario < other.Scenario
               orderby one.Layer, one.Scenario, other.Scenario
               select Difference("scenarios", one, other, OverPrompts, samples[Key(one)].Over!, samples[Key(other)].Over!),
        ], correction));
    }

    private StrengthDifference Difference(
        string kind,
        InternalsFinding one,
        InternalsFinding other,
        string estimator,
        StrengthSamples ofOne,
        StrengthSamples ofOther
    ) =>
        DifferenceFamily.Of(
            new StrengthDifference
            {
                Kind = kind,
                Probe = source.Probe,
                Scorer = source.Scorer,
                Attribute = one.Attribute,
                Scenario = one.Scenario,
                Layer = one.Layer,
                OtherScenario = other.Scenario,
                OtherLayer = other.Layer,
                Value = one.R!.Value - other.R!.Value,
                Estimator = estimator,
            },
            Less(ofOne.Resampled, ofOther.Resampled));

    private static double[] Less(double[] one, double[] other)
    {
        var less = new double[one.Length];
        System.Numerics.Tensors.TensorPrimitives.Subtract<double>(one, other, less);
        return less;
    }

    /// <param name="Within">Prompts drawn within test folds.</param>
    /// <param name="Over">Prompts drawn over all; null for controls.</param>
    /// <param name="Rows">The rows.</param>
    /// <param name="Classes">Of a classifier accuracy, F1 and AUROC, prompts drawn within test folds; null of other probes.</param>
    private sealed record CellSamples(StrengthSamples Within, StrengthSamples? Over, CellRows Rows, ClassSamples? Classes);
}
