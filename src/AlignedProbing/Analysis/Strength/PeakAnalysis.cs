using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Where each curve peaks: the layer with the largest mean r (the first of several), and the layers whose interval overlaps with that one's.</summary>
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
        var peak = curve.MaxBy(cell => cell.R)!;
        int[] within = [.. curve.Where(cell => cell == peak || Overlap(cell, peak)).Select(cell => cell.Layer)];
        return new PeakFinding(peak.Probe, peak.Scorer, peak.Scenario, peak.Attribute, peak.Layer, peak.R!.Value, peak.Low, peak.High, within);
    }

    private static bool Overlap(InternalsFinding cell, InternalsFinding peak) => cell.High >= peak.Low && cell.Low <= peak.High;
}
