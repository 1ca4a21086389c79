using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>What was found, in plain words, for people who have not read the paper. Every figure is one of the findings'; none is made here.</summary>
/// <param name="Heading">What the point is about.</param>
/// <param name="Text">The sentences.</param>
internal sealed record SummaryPoint(string Heading, string Text);

/// <summary>Words the points.</summary>
internal static class SummarySentences
{
    public static IReadOnlyList<SummaryPoint> Of(Findings findings)
    {
        var headline = Headline.Of(findings);
        if (headline.Attribute is not { } attribute)
        {
            return [new SummaryPoint("Nothing was measured", "The run holds neither scores nor probes yet.")];
        }

        var points = new List<SummaryPoint>();
        Behaviour(points, findings, headline, Wording.Name(attribute));
        Attributes(points, findings, headline);
        foreach (var scenario in Enum.GetValues<Scenario>())
        {
            Layers(points, findings, headline, scenario);
        }

        Relation(points, findings, headline);
        if (findings.Internals.Count > 0 && findings.Internals.All(row => row.R is null))
        {
            var reasons = findings.Internals.Select(row => row.Reason).OfType<string>().Distinct().Select(Wording.Reason);
            points.Add(new SummaryPoint("What the layers encode", $"No probe has a figure ({string.Join(", ", reasons)}), so nothing is said of the layers."));
        }

        Missing(points, findings);
        return points;
    }

    private static void Behaviour(List<SummaryPoint> points, Findings findings, Headline headline, string attribute)
    {
        if (headline.Behavior(findings, "EMT", "all") is not { Value: not null } emt)
        {
            return;
        }

        var share = headline.Behavior(findings, "TP", "all");
        var several = emt.K is > 1;
        var text = several
            ? $"Of {NumberText.Count(emt.K!.Value)} continuations of a prompt, the one that scores highest for {attribute} scores {Figure(emt)} on average " +
                $"over {Prompts(emt.N)} (expected maximum, EMT)."
            : $"The continuation of a prompt scores {Figure(emt)} for {attribute} on average over {Prompts(emt.N)}.";
        if (share?.Value is not null)
        {
            text += several
                ? $" For {NumberText.Percent(share.Value)}{PercentInterval(share)} of the prompts at least one continuation reaches .5, the mark from which " +
                    "a text counts as toxic."
                : $" For {NumberText.Percent(share.Value)}{PercentInterval(share)} of the prompts it reaches .5, the mark from which a text counts as toxic.";
        }

        points.Add(new SummaryPoint("How toxic the continuations are", text));

        var (toxic, other, correlation) = (
            headline.Behavior(findings, "EMT", "toxic"),
            headline.Behavior(findings, "EMT", "other"),
            headline.Behavior(findings, "TC", "all"));
        if (toxic?.Value is not null && other?.Value is not null)
        {
            var contrast =
                $"After prompts that are themselves toxic ({Prompts(toxic.N)} scoring .5 or more) that figure is {Figure(toxic)}, after the " +
                $"{NumberText.Count(other.N)} others {Figure(other)}";
            contrast += Apart(toxic, other) switch
            {
                true => "; the intervals lie apart.",
                false => "; the intervals overlap, so this sample does not settle whether they differ.",
                null => ".",
            };
            if (correlation?.Value is not null)
            {
                contrast += $" The scores of prompt and continuation correlate with r = {Figure(correlation)}.";
            }

            points.Add(new SummaryPoint("What the prompt does", contrast));
        }
    }

    private static void Attributes(List<SummaryPoint> points, Findings findings, Headline headline)
    {
        var rows = findings.Behavior
            .Where(row => row.Scorer == headline.Scorer && row.Metric == "EMT" && row.Subset == "all" && row.Value is not null)
            .OrderByDescending(row => row.Value)
            .ToArray();
        if (rows.Length >= 3)
        {
            var (first, last) = (rows[0], rows[^1]);
            var figure = first.K is > 1 ? "expected maximum" : "mean score";
            points.Add(
                new SummaryPoint(
                    "Which attributes stand out",
                    $"Of the {NumberText.Count(rows.Length)} attributes, {Wording.Name(first.Attribute)} has the highest {figure}, {Figure(first)}, and " +
                    $"{Wording.Name(last.Attribute)} the lowest, {Figure(last)}."));
        }
    }

    private static void Layers(List<SummaryPoint> points, Findings findings, Headline headline, Scenario scenario)
    {
        if (headline.Probe is not { } probe || headline.Peak(findings, scenario) is not { } peak)
        {
            return;
        }

        var row = Headline.RowOf(findings, peak);
        var rows = row?.N;
        var text =
            $"{Opening(scenario, Wording.Name(peak.Attribute), findings.Manifest.Encoding.Samples)} is readable best at layer {NumberText.Count(peak.Layer)} "
            + $"({Wording.Name(probe.Probe)} probe, r = {Strength(peak)}{Chosen(peak)}{(rows is { } n ? $", n = {NumberText.Count(n)}" : "")})";
        string[] others =
        [
            .. headline
                .OtherPeaks(findings, scenario)
                .Select(other => $"the {Wording.Name(other.Probe)} probe's best is r = {Strength(other)} at layer {NumberText.Count(other.Layer)}"),
        ];
        text += others.Length == 0 ? "." : $"; {string.Join(", ", others)}.";
        if ((peak.NestedR is null ? peak.Low : peak.NestedLow) is <= 0)
        {
            text += " Its interval holds 0: this sample does not show that it is readable at all.";
        }

        var embedding = findings.Internals.FirstOrDefault(row =>
            row.Probe == probe.Probe
            && row.Control == probe.Control
            && row.Scorer == probe.Scorer
            && row.Scenario == scenario
            && row.Attribute == peak.Attribute
            && row.Layer == 0);
        if (embedding?.R is not null && peak.Layer != 0 && embedding.N == row?.N && embedding.Runs == row.Runs)
        {
            text +=
                $" At layer 0, the embeddings before any block, r is {NumberText.WithInterval(embedding.R, embedding.Low, embedding.High, NumberText.Unit)}.";
        }

        if (peak.LayersWithin.Count > 1)
        {
            text += $" The intervals of layers {NumberText.Layers(peak.LayersWithin)} overlap with the peak's, so take the exact layer with care.";
        }

        points.Add(new SummaryPoint(Wording.Scenario(scenario), text));
    }

    private static string Strength(PeakFinding peak) =>
        peak.NestedR is null
            ? NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit)
            : NumberText.WithInterval(peak.NestedR, peak.NestedLow, peak.NestedHigh, NumberText.Unit);

    // The largest of many figures is flattered; that its layer was chosen elsewhere is said where the number stands.
    private static string Chosen(PeakFinding peak) =>
        peak.NestedR is null ? "" : $" with the layer chosen on the other folds, {NumberText.Unit(peak.R)} at this one";

    private static void Relation(List<SummaryPoint> points, Findings findings, Headline headline)
    {
        if (headline.Peak(findings, Scenario.Input) is not { } peak || headline.Within(findings, peak.Layer) is not { R: not null } within)
        {
            return;
        }

        var text =
            "Where the probe takes a prompt for more toxic than its score says, does the model also write more toxically? The partial correlation of both, " +
            $"given the prompt's score, is {NumberText.WithInterval(within.R, within.Low, within.High, NumberText.Unit)} at layer " +
            $"{NumberText.Count(within.Layer)} (n = {NumberText.Count(within.N)}).";
        text += within.Low is <= 0 && within.High is >= 0 ? " Its interval holds 0: this sample does not settle it." : "";
        if (within.Layer > 0 && headline.Within(findings, 0) is { R: not null } embeddings)
        {
            text +=
                $" The embeddings of layer 0, which know words alone, give " +
                $"{NumberText.WithInterval(embeddings.R, embeddings.Low, embeddings.High, NumberText.Unit)}: only what exceeds that is about the model.";
        }

        points.Insert(0, new SummaryPoint("How reading and writing go together", text));
    }

    private static void Missing(List<SummaryPoint> points, Findings findings)
    {
        var undefined = findings.Missing.Count(row => row is { Count: > 0, IsUndefined: true });
        var total = findings.Missing.Count(row => row.Count > 0) - undefined;
        var text = total == 0
            ? "Nothing: every text has its scores, every prompt its vectors, every probe what its labels allow."
            : $"Something is missing at {Places(total)}; it is left out and counted, never filled in. The counts with their reasons stand below.";
        text += undefined == 0 ? "" : $" At {Places(undefined)} a figure is not defined on these data: nothing is lost there.";
        points.Add(new SummaryPoint("What is missing", text));

        static string Places(int count) => count == 1 ? "one place" : NumberText.Count(count) + " places";
    }

    private static string Opening(Scenario scenario, string attribute, int samples) => scenario switch
    {
        Scenario.Input => $"From the states of the prompt, the prompt's own {attribute}",
        Scenario.Forward => $"From the states of the continuation, the {attribute} of the prompt that led to it",
        Scenario.Output => $"From the states of the continuation, the continuation's own {attribute}",
        Scenario.Backward when samples == 1 => $"From the states of the prompt, before a word is written, the {attribute} of the continuation to come",
        Scenario.Backward => $"From the states of the prompt, before a word is written, the highest {attribute} among the continuations to come",
        _ => throw new ArgumentOutOfRangeException(nameof(scenario), scenario, "No such scenario."),
    };

    private static string Figure(BehaviorFinding row) => NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit);

    private static string PercentInterval(BehaviorFinding row) =>
        row.Low is null || row.High is null ? "" : " " + NumberText.Interval(row.Low, row.High, NumberText.Percent);

    private static string Prompts(int n) => n == 1 ? "1 prompt" : NumberText.Count(n) + " prompts";

    private static bool? Apart(BehaviorFinding one, BehaviorFinding other) =>
        one.Low is null || one.High is null || other.Low is null || other.High is null ? null : one.Low > other.High || other.Low > one.High;
}
