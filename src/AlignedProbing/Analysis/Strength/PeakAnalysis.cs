using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Where each curve peaks: the layer with the largest mean r (the first of several), and the layers whose interval overlaps with that one's. Layers are
/// compared on the same folds and seeds: one that lacks some is no candidate.
/// </summary>
internal static class PeakAnalysis
{
    public static IReadOnlyList<PeakFinding> Of(IEnumerable<InternalsFinding> internals, IReadOnlyDictionary<Place, double[]> folds) =>
    [
        .. internals
            .Where(cell => cell.Control == "none" && cell.R is not null)
            .GroupBy(cell => (cell.Probe, cell.Scorer, cell.Scenario, cell.Attribute))
            .Select(curve => Peak([.. curve], folds)),
    ];

    /// <summary>The highest of a curve's layers among those with the most runs.</summary>
    public static InternalsFinding Highest(IReadOnlyList<InternalsFinding> curve) => Candidates(curve).MaxBy(cell => cell.R)!;

    /// <summary>The mean r of each fold over its seeds, in the order of the folds; NaN where none of its runs has one.</summary>
    public static double[] ByFold(IEnumerable<ProbeRun> runs) =>
    [
        .. runs
            .GroupBy(run => run.Fold)
            .OrderBy(fold => fold.Key)
            .Select(fold => fold.OrderBy(run => run.Seed).Select(run => run.R).OfType<double>().DefaultIfEmpty(double.NaN).Average()),
    ];

    private static IEnumerable<InternalsFinding> Candidates(IReadOnlyList<InternalsFinding> curve)
    {
        var runs = curve.Max(cell => cell.Runs);
        return curve.Where(cell => cell.Runs == runs);
    }

    private static PeakFinding Peak(InternalsFinding[] curve, IReadOnlyDictionary<Place, double[]> folds)
    {
        var peak = Highest(curve);
        int[] within = [.. curve.Where(cell => cell == peak || Overlap(cell, peak)).Select(cell => cell.Layer)];
        var found = new PeakFinding(peak.Probe, peak.Scorer, peak.Scenario, peak.Attribute, peak.Layer, peak.R!.Value, peak.Low, peak.High, within);
        return Nested(found, peak, [.. Candidates(curve)], folds);
    }

    private static PeakFinding Nested(PeakFinding found, InternalsFinding peak, InternalsFinding[] candidates, IReadOnlyDictionary<Place, double[]> folds)
    {
        var ofPeak = folds[Place.Of(peak)];
        int[] defined = [.. Enumerable.Range(0, ofPeak.Length).Where(fold => double.IsFinite(ofPeak[fold]))];
        if (defined.Length < 2)
        {
            return found;
        }

        // Layers that lack another fold than the peak does are not chosen among.
        var layers = candidates
            .Select(cell => (cell.Layer, R: folds[Place.Of(cell)]))
            .Where(layer => layer.R.Length == ofPeak.Length && Array.TrueForAll(defined, fold => double.IsFinite(layer.R[fold])))
            .ToArray();
        var chosen = Array.ConvertAll(defined, fold => layers.MaxBy(layer => defined.Where(other => other != fold).Average(other => layer.R[other])));
        var r = chosen.Select((layer, place) => layer.R[defined[place]]).Average();
        var (low, high) = StrengthInterval.Of(r, peak.TrainN ?? 0);
        return found with { NestedR = r, NestedLow = low, NestedHigh = high, NestedLayers = [.. chosen.Select(layer => layer.Layer)] };
    }

    private static bool Overlap(InternalsFinding cell, InternalsFinding peak) => cell.High >= peak.Low && cell.Low <= peak.High;

    /// <summary>A cell among those of all probes.</summary>
    internal sealed record Place(string Probe, string Scorer, Scenario Scenario, string Attribute, string Control, int Layer)
    {
        public static Place Of(InternalsFinding cell) => new(cell.Probe, cell.Scorer, cell.Scenario, cell.Attribute, cell.Control, cell.Layer);
    }
}
