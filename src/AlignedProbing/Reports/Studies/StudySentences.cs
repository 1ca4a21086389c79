using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Studies;

/// <summary>What a study found, in plain words: a point a question. Every figure is one of the findings'; none is made here.</summary>
internal static class StudySentences
{
    public static IReadOnlyList<SummaryPoint> Of(StudyView view)
    {
        var points = new List<SummaryPoint>();
        if (view.Headline is not { } attribute)
        {
            return points;
        }

        if (view.Findings.Interplay is { } interplay)
        {
            points.Add(new SummaryPoint(
                "Do runs that encode more behave otherwise?",
                $"Strength, mean over layers, with EMT of {Wording.Name(attribute)}. " + string.Join(" ", view.Scenarios.Select(scenario =>
                    $"{Wording.Scenario(scenario)}: {StudyView.Correlation(Mean(interplay, scenario, attribute))}."))));
        }

        points.AddRange(Kinds(view, attribute));
        foreach (var contrast in view.Findings.Contrasts.Select(contrast => contrast.Contrast).Distinct())
        {
            points.Add(new SummaryPoint(Question(contrast), string.Join(" ", Contrast(view, contrast, attribute))));
        }

        if (Within(view, attribute) is { } within)
        {
            points.Add(new SummaryPoint("Within a model, over prompts", within));
        }

        return points;
    }

    public static InterplayFinding? Mean(InterplayFindings interplay, Scenario scenario, string attribute) =>
        interplay.Rows.FirstOrDefault(row => row is { At: "mean", Metric: "EMT", Statistic: "pearson" } && row.Attribute == attribute
            && row.Scenario.Equals(scenario.ToString(), StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<SummaryPoint> Kinds(StudyView view, string attribute)
    {
        if (view.Kinds.Count < 2)
        {
            yield break;
        }

        var sentences = view.Scenarios.Select(scenario => $"{Wording.Scenario(scenario)}: " + string.Join(", ", view.Kinds.Select(kind =>
        {
            var highest = view.Findings.Bands
                .Where(band => band.Kind == kind && band.Scenario == scenario && band.Attribute == attribute)
                .MaxBy(band => band.Mean);
            return highest is null
                ? $"{kind} –"
                : $"{kind} {NumberText.WithInterval(highest.Mean, highest.Low, highest.High, NumberText.Unit)} at {NumberText.Count(highest.Step)}/16 of " +
                    "the depth " +
                    $"({NumberText.Count(highest.Runs)} {(highest.Runs == 1 ? "run" : "runs")})";
        })) + ".");
        yield return new SummaryPoint(
            "Where do kinds of models encode it?", $"Highest mean strength of {Wording.Name(attribute)} over the runs of a kind. " +
            $"{string.Join(" ", sentences)}");
    }

    private static string Question(string contrast) => contrast switch
    {
        "base" => "What changes from a model's base?",
        "adapter" => "What do adapters change?",
        "precision" => "What do few bits change?",
        "template" => "What do templates change?",
        "training" => "What changes along training?",
        _ => contrast,
    };

    private static IEnumerable<string> Contrast(StudyView view, string contrast, string attribute)
    {
        var rows = view.Findings.Contrasts.Where(row => row.Contrast == contrast && row.Difference.Attribute == attribute).ToArray();
        var pairs = rows.Select(row => (row.Difference.Baseline, row.Difference.Run)).Distinct().Count();
        foreach (var (metric, what) in new[] { ("EMT", "EMT"), ("r", "Peak strength") })
        {
            var ofMetric = rows
                .Where(row => row.Difference is { Kind: "behavior" or "peak", Difference: not null } && row.Difference.Metric == metric)
                .ToArray();
            if (ofMetric.Length == 0)
            {
                continue;
            }

            var found = ofMetric.Where(row => ComparisonView.IsFound(row.Difference)).ToArray();
            var largest = ofMetric.MaxBy(row => Math.Abs(row.Difference.Difference!.Value))!;
            var scenario = largest.Difference.Scenario is { } of ? $"{Wording.Scenario(of)}, " : "";
            yield return
                $"{what} of {Wording.Name(attribute)}: {NumberText.Count(found.Length)} of {NumberText.Count(ofMetric.Length)} differences stand after " +
                "correction; " +
                $"the largest is {ComparisonView.Text(largest.Difference)} ({scenario}{largest.Difference.Run} less {largest.Difference.Baseline}).";
            foreach (var mean in view.Findings.ContrastMeans
                .Where(mean => mean.Contrast == contrast && mean.Attribute == attribute && mean.Metric == metric && mean.Kind is "behavior").Take(4))
            {
                yield return $"{what} from {mean.From} to {mean.To}: {StudyView.Mean(mean)}.";
            }
        }

        yield return $"{NumberText.Count(pairs)} {(pairs == 1 ? "pair" : "pairs")} of runs, each over the same prompts.";
    }

    private static string? Within(StudyView view, string attribute)
    {
        var rows = view.Findings.Within
            .Where(row => row.Attribute == attribute && row.Behavior == "max" && row.BehaviorScorer == row.Scorer && row.R is not null)
            .GroupBy(row => row.Run)
            .ToArray();
        if (rows.Length == 0)
        {
            return null;
        }

        var above = rows.Count(run => run.Any(row => row is { R: > 0, Holm: < 0.05 }));
        var beyond = rows.Count(run => run.Any(row => row is { R: > 0, Holm: < 0.05, BeyondLow: > 0 }));
        return
            $"In {NumberText.Count(above)} of {NumberText.Count(rows.Length)} runs there is a layer where the model writes more toxically " +
            $"({Wording.Name(attribute)}, " +
            "highest of a prompt's continuations) where the probe takes the prompt for more toxic than its score (Holm over layers). In " +
            $"{NumberText.Count(beyond)} of " +
            "them a layer exceeds what layer 0, the words alone, gives; only that is about the model.";
    }
}
