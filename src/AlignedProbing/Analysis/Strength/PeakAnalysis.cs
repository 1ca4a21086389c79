using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Where each curve peaks: the layer with the largest mean r (the first of several), and the layers whose interval overlaps with that one's. Layers are
/// compared on the same folds and seeds: one that lacks some is no candidate.
/// </summary>
internal static class PeakAnalysis
{
    public static IReadOnlyList<PeakFinding> Of(IEnumerable<InternalsFinding> internals) =>
    [
        .. internals
            .Where(cell => cell.Control == "none" && cell.R is not null)
            .GroupBy(cell => (cell.Probe, cell.Scorer, cell.Scenario, cell.Attribute))
            .Select(curve => Peak([.. curve])),
    ];

    private static PeakFinding Peak(InternalsFinding[] curve)
    {
        var peak = Highest(curve);
        int[] within = [.. curve.Where(cell => cell == peak || Overlap(cell, peak)).Select(cell => cell.Layer)];
        return new PeakFinding(peak.Probe, peak.Scorer, peak.Scenario, peak.Attribute, peak.Layer, peak.R!.Value, peak.Low, peak.High, within);
    }

    /// <summary>The highest of a curve's layers among those with the most runs.</summary>
    public static InternalsFinding Highest(IReadOnlyList<InternalsFinding> curve)
    {
        var runs = curve.Max(cell => cell.Runs);
        return curve.Where(cell => cell.Runs == runs).MaxBy(cell => cell.R)!;
    }

    private static bool Overlap(InternalsFinding cell, InternalsFinding peak) => cell.High >= peak.Low && cell.Low <= peak.High;
}
