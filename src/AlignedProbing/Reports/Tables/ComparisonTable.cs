using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>A comparison of runs as a few tables of strings, for a terminal.</summary>
public static class ComparisonTable
{
    private const string FoundMark = " *";

    /// <summary>How the runs were made, how they behave, where their peaks lie and at which layers they differ. A table without rows is left out.</summary>
    public static IReadOnlyList<SummaryTable> Of(ComparisonFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var view = new ComparisonView(findings);
        SummaryTable[] tables = [Runs(findings), .. view.Scorers.Select(scorer => Behavior(view, scorer)), Texts(view), Strength(view)];
        return [.. tables.Where(table => table.Rows.Count > 0)];
    }

    /// <summary>What the mark after a difference means; what the intervals are.</summary>
    public static string Legend =>
        "Differences from the baseline with their 95 % intervals over prompts;  *  p < .05 after Holm's correction for the number of comparisons.";

    private static SummaryTable Runs(ComparisonFindings findings) =>
        new(
            $"{NumberText.Count(findings.CommonPrompts)} prompts that all runs have",
            ["run", "model", "prompts", "differs from the baseline in"],
            [
                .. findings.Runs.Select(
                    (run, place) =>
                        (IReadOnlyList<string>)
                            [
                                run.Name,
                                run.Model,
                                NumberText.Count(run.Prompts),
                                place == 0 ? "(the baseline)"
                                : run.Changed.Count == 0 ? "nothing"
                                : string.Join(", ", run.Changed),
                            ]),
            ]);

    // Two runs show all attributes and probes; more show the first alone, so that it stays a summary.
    private static SummaryTable Behavior(ComparisonView view, string scorer)
    {
        var attributes = view.Attributes(scorer);
        var judges = !attributes.All(TextProperty.Is);
        attributes = [.. attributes.Where(attribute => !judges || !TextProperty.Is(attribute))];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var run in view.Others)
        {
            foreach (var attribute in view.Runs.Count == 2 ? attributes : attributes.Take(1))
            {
                if (!judges)
                {
                    var mean = view.BehaviorDifference(scorer, attribute, "all", "mean", run);
                    rows.Add([run, Wording.Name(attribute), Both(mean), Marked(mean), NumberText.Count(mean?.N ?? 0)]);
                    continue;
                }

                var (emt, share) = (
                    view.BehaviorDifference(scorer, attribute, "all", "EMT", run),
                    view.BehaviorDifference(scorer, attribute, "all", "TP", run));
                rows.Add([run, Wording.Name(attribute), Both(emt), Marked(emt), Both(share), Marked(share), NumberText.Count(emt?.N ?? 0)]);
            }
        }

        var k = view.Findings.Differences.FirstOrDefault(row => row.Kind == "behavior" && row.Scorer == scorer)?.K;
        return !judges
            ? new SummaryTable($"Texts described by {scorer}, k = {NumberText.Count(k ?? 0)}", ["run", "attribute", "mean", "difference", "prompts"], rows)
            : new SummaryTable(
                $"Behaviour by {scorer}, k = {NumberText.Count(k ?? 0)}",
                ["run", "attribute", "EMT", "difference", "TP", "difference", "prompts"],
                rows);
    }

    // Only what stands after correction: there are seven properties, and mostly nothing happens to them.
    private static SummaryTable Texts(ComparisonView view) =>
        new(
            "The texts: what differs after correction",
            ["run", "property", "figures", "difference", "prompts"],
            [
                .. view.Of("texts")
                    .Where(ComparisonView.IsFound)
                    .Select(row => (IReadOnlyList<string>)[row.Run, ComparisonSentences.Property(row), Both(row), Marked(row), NumberText.Count(row.N)]),
            ]);

    private static SummaryTable Strength(ComparisonView view)
    {
        var rows = new List<IReadOnlyList<string>>();
        var attribute = view.Headline ?? "";
        foreach (var (probe, scorer) in view.Runs.Count == 2 ? view.Probes : view.Probes.Take(1))
        {
            foreach (var run in view.Others)
            {
                foreach (var scenario in Enum.GetValues<Scenario>())
                {
                    if (view.CurveDifferences("peak", "r", probe, scorer, attribute, scenario, run) is [var peak, ..])
                    {
                        var layers = view.CurveDifferences("strength", "r", probe, scorer, attribute, scenario, run);
                        var found = layers.Where(ComparisonView.IsFound).Select(row => row.Layer!.Value).ToArray();
                        rows.Add(
                        [
                            run,
                            view.Scorers.Count > 1 ? $"{Wording.Name(probe)} on {scorer}" : Wording.Name(probe),
                            Wording.Scenario(scenario),
                            Both(peak),
                            Marked(peak),
                            found.Length == 0
                                ? $"none of {NumberText.Count(layers.Count)}"
                                : $"{NumberText.Count(found.Length)} of {NumberText.Count(layers.Count)}: {NumberText.Layers(found)}",
                            NumberText.Count(peak.N),
                        ]);
                    }
                }
            }
        }

        return new SummaryTable(
            $"Information strength, {Wording.Name(attribute)}",
            ["run", "probe", "scenario", "peak r", "difference", "layers that differ", "prompts"],
            rows);
    }

    private static string Both(RunDifference? row) =>
        row is null ? NumberText.None : $"{ComparisonView.FigureWriter(row)(row.BaselineValue)} → {ComparisonView.FigureWriter(row)(row.RunValue)}";

    private static string Marked(RunDifference? row) => ComparisonView.Text(row) + (ComparisonView.IsFound(row) ? FoundMark : "");
}
