using System.Collections.Concurrent;
using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Intervals of strength over prompts, selectivity and differences, from stored out-of-fold predictions (docs/reference/findings.md). Attribute by attribute,
/// so that memory holds the resamples of one.
/// </summary>
internal sealed class StrengthAnalysis(ProbeSource source, PromptDraws draws, string correction)
{
    /// <summary>Name of the interval of selectivity, of differences of cells with the same rows, and of macro F1 and AUROC.</summary>
    public const string WithinFolds = "prompts-within-folds-widened";

    /// <summary>Name of the interval of differences of cells whose rows and folds differ.</summary>
    public const string OverPromptsWidened = "prompts-paired-widened";

    /// <summary>Name of the interval of differences between runs.</summary>
    public const string OverPrompts = "prompts-paired";

    private const double Agreement = 1e-4;

    private readonly List<SelectivityFinding> _selectivity = [];
    private readonly List<StrengthDifference> _differences = [];

    public IReadOnlyList<SelectivityFinding> Selectivity => _selectivity;

    public IReadOnlyList<StrengthDifference> Differences => _differences;

    /// <summary>The cells, with what is made of predictions where these are stored.</summary>
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
                    ? ClassifierAnalysis.WithIntervals(WithPartial(cell, pair.Within), pair.Classes)
                    : Unsampled(cell);
            }

            AddSelectivity([.. cells.Where(cell => cell.Attribute == attribute)], samples);
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

    private static InternalsFinding WithPartial(InternalsFinding cell, StrengthSamples samples)
    {
        if (cell.Control != "none")
        {
            return cell;
        }

        if (!double.IsFinite(samples.Partial))
        {
            return cell with { PartialReason = MissingReason.LengthConstant };
        }

        var (low, high) = StrengthInterval.Of(samples.Partial, cell.TrainN ?? 0, covariates: 1);
        return cell with
        {
            PartialR = samples.Partial,
            PartialLow = low,
            PartialHigh = high,
            PartialReason = low is null ? MissingReason.TooFewRows : null,
        };
    }

    private static InternalsFinding Unsampled(InternalsFinding cell)
    {
        var without = cell.Control == "none" ? cell with { PartialReason = MissingReason.NoPredictions } : cell;
        return ClassifierAnalysis.WithoutIntervals(without);
    }

    private void AddSelectivity(InternalsFinding[] cells, Dictionary<CellKey, CellSamples> samples)
    {
        foreach (var control in cells.Where(cell => cell.Control != "none"))
        {
            var plain = cells.FirstOrDefault(cell => cell.Control == "none" && cell.Scenario == control.Scenario && cell.Layer == control.Layer);
            var none = new SelectivityFinding
            {
                Probe = source.Probe,
                Scorer = source.Scorer,
                Control = control.Control,
                Scenario = control.Scenario,
                Attribute = control.Attribute,
                Layer = control.Layer,
                ControlR = control.R,
                N = control.N,
            };
            _selectivity.Add(plain is null ? none with { Reason = MissingReason.NotRun } : Less(none, plain, control, samples));
        }
    }

    private static SelectivityFinding Less(
        SelectivityFinding none,
        InternalsFinding plain,
        InternalsFinding control,
        Dictionary<CellKey, CellSamples> samples)
    {
        if (plain.R is null || control.R is null)
        {
            return none with { Reason = plain.Reason ?? control.Reason };
        }

        var (one, other) = (samples.GetValueOrDefault(Key(plain)), samples.GetValueOrDefault(Key(control)));
        if (plain.N != control.N || !SameFolds(plain, control) || (one is not null && other is not null && !one.Rows.IsLike(other.Rows)))
        {
            return none with { Reason = MissingReason.OtherFolds };
        }

        var value = plain.R.Value - control.R.Value;
        var accuracy = ClassifierAnalysis.Less(plain.Classifier?.Accuracy, control.Classifier?.Accuracy);
        if (one is null || other is null)
        {
            return none with { Value = value, Accuracy = accuracy, Reason = MissingReason.NoPredictions };
        }

        var (low, high) = StrengthInterval.Widened(value, Less(one.Within.Resampled, other.Within.Resampled), plain.N, plain.TrainN ?? 0);
        return none with
        {
            Value = value,
            Low = low,
            High = high,
            Accuracy = accuracy is null || one.Classes is null || other.Classes is null
                ? accuracy
                : ClassifierAnalysis.WithInterval(accuracy, Less(one.Classes.Accuracy, other.Classes.Accuracy), plain),
            Reason = low is null ? MissingReason.TooFewRows : null,
            Estimator = low is null ? "" : WithinFolds,
        };
    }

    // Permuted labels have seeds of their own where the probe has one: of each all folds have an r, or of both as many runs.
    private static bool SameFolds(InternalsFinding plain, InternalsFinding control) =>
        (plain.MissingRuns == 0 && control.MissingRuns == 0) || (plain.Runs == control.Runs && plain.MissingRuns == control.MissingRuns);

    // Every other layer of a curve against the layer where it peaks.
    private void AddLayers(InternalsFinding[] cells, Dictionary<CellKey, CellSamples> samples)
    {
        foreach (var curve in cells.Where(cell => cell.Control == "none" && samples.ContainsKey(Key(cell))).GroupBy(cell => cell.Scenario))
        {
            var peak = PeakAnalysis.Highest([.. curve]);
            _differences.AddRange(DifferenceFamily.Corrected(
                [.. curve.Where(cell => cell != peak).Select(cell => Difference("layers", cell, peak, samples))],
                correction));
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
               select Difference("scenarios", one, other, samples),
        ], correction));
    }

    // Layers of a curve rest on the same rows, folds and seeds, or are not compared; scenarios have rows of their own and are paired by prompt.
    private StrengthDifference Difference(string kind, InternalsFinding one, InternalsFinding other, Dictionary<CellKey, CellSamples> samples)
    {
        var (ofOne, ofOther) = (samples[Key(one)], samples[Key(other)]);
        var alike = kind == "layers" && ofOne.Rows.IsLike(ofOther.Rows);
        var difference = new StrengthDifference
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
            N = Math.Min(one.N, other.N),
            Estimator = alike ? WithinFolds : OverPromptsWidened,
        };
        if (kind == "layers" && one.Runs != other.Runs)
        {
            return difference with { Value = null, Reason = MissingReason.OtherFolds, Estimator = "" };
        }

        var resampled = alike ? Less(ofOne.Within.Resampled, ofOther.Within.Resampled) : Less(ofOne.Over!.Resampled, ofOther.Over!.Resampled);
        return DifferenceFamily.Of(difference, resampled, Math.Max(one.N, other.N), Math.Min(one.TrainN!.Value, other.TrainN!.Value));
    }

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
