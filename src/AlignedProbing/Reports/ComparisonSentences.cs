using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>What a comparison found, in plain words: a point a run and one on the relation. Every figure is one of the findings'; none is made here.</summary>
internal static class ComparisonSentences
{
    public static IReadOnlyList<SummaryPoint> Of(ComparisonView view)
    {
        var points = new List<SummaryPoint>();
        foreach (var run in view.Findings.Runs.Skip(1))
        {
            List<string> sentences =
            [
                run.Changed.Count == 0
                    ? $"Made as {view.Runs[0]} in all that is noted."
                    : $"Made otherwise than {view.Runs[0]} in: {string.Join(", ", run.Changed)}.",
            ];
            foreach (var scorer in view.Scorers)
            {
                sentences.AddRange(Behavior(view, scorer, run.Name));
            }

            sentences.AddRange(Texts(view, run.Name));
            if (view.Probes is [var (probe, labels), ..] && view.Headline is { } attribute)
            {
                sentences.AddRange(Layers(view, probe, labels, attribute, run.Name));
            }

            points.Add(new SummaryPoint(run.Name, string.Join(" ", sentences)));
        }

        if (view.Findings.Relations.Count > 0)
        {
            points.Add(new SummaryPoint("Behaviour and strength", Relation(view)));
        }

        return points;
    }

    /// <summary>How many runs there are, of how many models, and what may be said of so many.</summary>
    public static string Relation(ComparisonView view)
    {
        var models = view.Findings.Runs.Select(run => run.Model).Distinct().Count();
        var counts = $"{NumberText.Count(view.Runs.Count)} runs of {(models == 1 ? "one model" : $"{NumberText.Count(models)} models")}";
        return view.Runs.Count < RelationFinding.FewestRuns
            ? $"{counts}: too few for a correlation over runs (with seven, an r of .75 has an interval that holds 0; none is given below " +
                $"{NumberText.Count(RelationFinding.FewestRuns)}). The points stand below."
            : $"{counts}. A correlation over runs counts runs, and runs of one model are not independent: it describes these, and says little of others.";
    }

    private static IEnumerable<string> Behavior(ComparisonView view, string scorer, string run)
    {
        var rows = view.Attributes(scorer)
            .Select(attribute => view.BehaviorDifference(scorer, attribute, "all", "EMT", run))
            .OfType<RunDifference>()
            .Where(row => row.Difference is not null)
            .ToArray();
        if (rows.Length == 0)
        {
            yield break;
        }

        if (Array.TrueForAll(rows, row => row is { Difference: 0, Low: 0, High: 0 }))
        {
            yield return $"The continuations' scores by {scorer} are the same for every prompt.";
            yield break;
        }

        var first = rows[0];
        var figure = first.K is > 1 ? $"EMT of {NumberText.Count(first.K!.Value)}" : "The mean score";
        yield return $"{figure} for {Wording.Name(first.Attribute)}{(view.Scorers.Count > 1 || view.Findings.AcrossScorers ? $" by {scorer}" : "")} goes " +
            $"from {NumberText.Unit(first.BaselineValue)} to {NumberText.Unit(first.RunValue)}, {ComparisonView.Text(first)} on {NumberText.Count(first.N)} " +
            $"prompts{Verdict(first)}.";
        var found = rows.Where(ComparisonView.IsFound).ToArray();
        if (rows.Length > 1)
        {
            yield return found.Length == 0
                ? $"No difference of the {NumberText.Count(rows.Length)} attributes stands after correction."
                : $"Of the {NumberText.Count(rows.Length)} attributes, " +
                    $"{string.Join(", ", found.Select(row => $"{Wording.Name(row.Attribute)} ({ComparisonView.Text(row)})"))} " +
                    $"{(found.Length == 1 ? "differs" : "differ")} after correction.";
        }
    }

    private static IEnumerable<string> Texts(ComparisonView view, string run)
    {
        RunDifference[] found = [.. view.Of("texts").Where(row => row.Run == run && ComparisonView.IsFound(row))];
        if (found.Length > 0)
        {
            yield return $"Of the texts' properties, after correction: {string.Join(", ", found.Select(Change))}.";
        }

        static string Change(RunDifference row)
        {
            var write = ComparisonView.FigureWriter(row);
            return $"{Property(row)} goes from {write(row.BaselineValue)} to {write(row.RunValue)} ({ComparisonView.Text(row)})";
        }
    }

    /// <summary>A property of texts, with the model that read them where that is not the run's own.</summary>
    public static string Property(RunDifference row) =>
        row.Scorer == BehaviorFinding.Texts ? Wording.Name(row.Attribute) : $"{Wording.Name(row.Attribute)} under {row.Scorer}";

    private static IEnumerable<string> Layers(ComparisonView view, string probe, string scorer, string attribute, string run)
    {
        var (found, peaks, most) = (new List<string>(), new List<string>(), 0);
        foreach (var scenario in Enum.GetValues<Scenario>())
        {
            var layers = view.CurveDifferences("strength", "r", probe, scorer, attribute, scenario, run);
            most = Math.Max(most, layers.Count);
            int[] differ = [.. layers.Where(ComparisonView.IsFound).Select(row => row.Layer!.Value)];
            if (differ.Length > 0)
            {
                found.Add(
                    $"in {Wording.Scenario(scenario)} at {NumberText.Count(differ.Length)} of {NumberText.Count(layers.Count)} layers " +
                    $"({NumberText.Layers(differ)})");
            }

            if (view.CurveDifferences("peak", "r", probe, scorer, attribute, scenario, run) is [var peak, ..])
            {
                peaks.Add($"{Wording.Scenario(scenario)} {ComparisonView.Text(peak)}");
            }
        }

        if (peaks.Count > 0)
        {
            var what = $"the strength for {Wording.Name(attribute)} ({Wording.Name(probe)} probe)";
            yield return found.Count == 0
                ? $"After correction, {what} differs at none of the {NumberText.Count(most)} layers in any scenario."
                : $"After correction, {what} differs {string.Join(", ", found)}{(found.Count < peaks.Count ? ", elsewhere nowhere" : "")}.";
            yield return $"Its peaks move by: {string.Join(", ", peaks)}.";
        }
    }

    private static string Verdict(RunDifference row) => row.AdjustedP switch
    {
        null => "",
        < 0.05 => $" (corrected p {ComparisonView.P(row.AdjustedP)})",
        _ => $" (corrected p {ComparisonView.P(row.AdjustedP)}: this sample does not show a difference)",
    };
}
