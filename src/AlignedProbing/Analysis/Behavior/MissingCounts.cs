using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Behavior;

/// <summary>Everything that is missing, counted by place and reason.</summary>
internal static class MissingCounts
{
    public static IReadOnlyList<MissingCount> Of(
        PromptIndex prompts,
        StoredTexts texts,
        IReadOnlyList<StoredScores> scores,
        IEnumerable<InternalsFinding> internals,
        IEnumerable<MissingCount> unprobed)
    {
        var counts = new List<MissingCount>();
        if (texts.HasAny)
        {
            Add(counts, "prompts encoded", MissingReason.NotRun, prompts.Count - texts.EncodedCount, prompts.Count);
            var reasons = texts.PromptMissing.OfType<string>().GroupBy(reason => reason).OrderBy(group => group.Key, StringComparer.Ordinal);
            foreach (var reason in reasons)
            {
                Add(counts, "input vectors", reason.Key, reason.Count(), texts.EncodedCount);
            }

            foreach (var (reason, count) in texts.OutputMissing)
            {
                Add(counts, "output vectors", reason, count, texts.OutputVectors);
            }
        }

        foreach (var scorer in scores)
        {
            var scored = scorer.Attributes.SelectMany(attribute => attribute.PromptReason
                .Where((_, prompt) => double.IsNaN(attribute.Prompt[prompt]))
                .GroupBy(reason => reason!)
                .Select(group => (attribute.Attribute, Reason: group.Key, Count: group.Count())));
            Scores(counts, scorer, "prompts", scored, prompts.Count);
            Scores(
                counts,
                scorer,
                "continuations",
                scorer.Attributes.SelectMany(attribute => attribute.ContinuationsMissing.Select(pair => (attribute.Attribute, pair.Key, pair.Value))),
                prompts.Expected.Sum());
        }

        counts.AddRange(unprobed);
        Runs(counts, internals);
        return counts;
    }

    // Attributes that miss the same number for the same reason share a line: an empty text has no score for any.
    private static void Scores(
        List<MissingCount> counts,
        StoredScores scorer,
        string side,
        IEnumerable<(string Attribute, string Reason, int Count)> missing,
        int of)
    {
        foreach (
            var group in missing
                .GroupBy(entry => (entry.Reason, entry.Count))
                .OrderBy(group => group.Key.Reason, StringComparer.Ordinal)
                .ThenByDescending(group => group.Key.Count))
        {
            string[] attributes = [.. group.Select(entry => entry.Attribute)];
            var which = attributes.Length == scorer.Attributes.Count && attributes.Length > 1 ? "every attribute" : string.Join(", ", attributes);
            Add(counts, $"scores of {scorer.Scorer}, {side}: {which}", group.Key.Reason, group.Key.Count, of);
        }
    }

    private static void Runs(List<MissingCount> counts, IEnumerable<InternalsFinding> internals)
    {
        foreach (var curve in internals.GroupBy(cell => (cell.Probe, cell.Scorer, cell.Control, cell.Scenario, cell.Attribute)))
        {
            var of = curve.Sum(cell => cell.Runs + cell.MissingRuns);
            var reasons = curve
                .SelectMany(cell => cell.MissingByReason ?? new Dictionary<string, int>())
                .GroupBy(pair => pair.Key, pair => pair.Value)
                .OrderBy(group => group.Key, StringComparer.Ordinal);
            foreach (var reason in reasons)
            {
                var control = curve.Key.Control == "none" ? "" : $", control {curve.Key.Control}";
                Add(
                    counts,
                    $"probe runs: {curve.Key.Probe} on {curve.Key.Scorer}{control}, {curve.Key.Scenario}, {curve.Key.Attribute}",
                    reason.Key,
                    reason.Sum(),
                    of);
            }
        }
    }

    private static void Add(List<MissingCount> counts, string where, string reason, int count, int of)
    {
        if (count > 0)
        {
            counts.Add(new MissingCount(where, reason, count, of));
        }
    }
}
