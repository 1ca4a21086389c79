using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>Holm's correction of the differences between runs, family by family (docs/guide/compare-runs.md).</summary>
internal static class ComparisonFamilies
{
    /// <summary>The same differences in the same order, each with its adjusted p.</summary>
    public static IReadOnlyList<RunDifference> Corrected(IReadOnlyList<RunDifference> differences)
    {
        var corrected = differences.ToArray();
        foreach (var family in differences.Index().Where(pair => pair.Item.P is not null).GroupBy(pair => Family(pair.Item)))
        {
            var members = family.ToArray();
            var adjusted = Holm.Adjusted([.. members.Select(member => member.Item.P!.Value)]);
            for (var i = 0; i < members.Length; i++)
            {
                corrected[members[i].Index] = members[i].Item with { AdjustedP = adjusted[i], Comparisons = members.Length };
            }
        }

        return corrected;
    }

    // One figure of behaviour for all attributes and runs; the properties of texts for all of them and runs; a curve for all layers and runs; peaks for all
    // curves of a probe and runs.
    private static (string, string, string?, string?, Scenario?, string) Family(RunDifference difference) => difference.Kind switch
    {
        "behavior" => (difference.Kind, difference.Scorer, null, difference.Subset, null, difference.Metric),
        "texts" => (difference.Kind, difference.Scorer, null, null, null, ""),
        "peak" => (difference.Kind, difference.Scorer, difference.Probe, null, null, difference.Metric),
        _ => (difference.Kind, difference.Scorer, difference.Probe, difference.Attribute, difference.Scenario, difference.Metric),
    };
}
