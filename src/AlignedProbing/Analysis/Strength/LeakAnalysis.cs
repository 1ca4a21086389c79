using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Counts prompts that are identical, or nearly so, across the folds of each cell. Folds are those stored with the predictions of the first layer there is.
/// </summary>
internal static class LeakAnalysis
{
    /// <summary>The counts of one probe on one scorer's labels.</summary>
    /// <param name="source">Its predictions.</param>
    /// <param name="groups">Of each prompt the group of those like it.</param>
    public static IEnumerable<LeakFinding> Of(ProbeSource source, int[] groups)
    {
        foreach (
            var curve in source
                .Cells.Where(cell => cell.Control == "none")
                .GroupBy(cell => (cell.Scenario, cell.Attribute))
                .OrderBy(curve => curve.Key.Scenario)
                .ThenByAttribute(curve => curve.Key.Attribute))
        {
            if (source.Read(curve.MinBy(cell => cell.Layer)!) is { } series)
            {
                yield return Count(source, curve.Key.Scenario, curve.Key.Attribute, series.Rows, groups);
            }
        }
    }

    private static LeakFinding Count(ProbeSource source, Scenario scenario, string attribute, CellRows rows, int[] groups)
    {
        var prompts = Enumerable.Range(0, rows.Folds)
            .SelectMany(fold => rows.Prompts[rows.FoldStarts[fold]..rows.FoldStarts[fold + 1]].Distinct().Select(prompt => (Fold: fold, Prompt: prompt)))
            .ToArray();
        var alike = prompts.GroupBy(row => groups[row.Prompt]).Where(group => group.Select(row => row.Prompt).Distinct().Count() > 1).ToArray();
        return new LeakFinding
        {
            Probe = source.Probe,
            Scorer = source.Scorer,
            Scenario = scenario,
            Attribute = attribute,
            Prompts = prompts.Select(row => row.Prompt).Distinct().Count(),
            Alike = alike.Sum(group => group.Count()),
            // All of a group that is spread over folds have a like one elsewhere.
            AcrossFolds = alike.Where(group => group.Select(row => row.Fold).Distinct().Count() > 1).Sum(group => group.Count()),
        };
    }
}
