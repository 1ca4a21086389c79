using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>What the report is about, what to know before believing it, and the four figures most people come for.</summary>
internal static class OpeningSection
{
    public static void Write(Markup page, Findings findings)
    {
        var manifest = findings.Manifest;
        page.Open("header", ("class", "top"));
        if (Findings.DemoWarningOf(manifest) is { } demo)
        {
            page.Element("p", demo, ("class", "demo"), ("role", "note"));
        }

        page.Element("p", "Aligned probing", ("class", "kicker"));
        page.Element("h1", manifest.Model.Name);
        page.Element(
            "p",
            "How toxic its continuations are, and how strongly each of its layers encodes the toxicity of what goes in and of what comes out.",
            ("class", "lede"));
        page.Element("p", Facts(findings), ("class", "byline"));
        page.Open("nav", ("aria-label", "Sections"));
        foreach (var (id, name) in Sections(findings))
        {
            page.Element("a", name, ("href", "#" + id)).Text(" ");
        }

        page.Close();
        page.Close();
        Warnings(page, findings);
        KeyFigures(page, findings);
    }

    private static IEnumerable<(string Id, string Name)> Sections(Findings findings)
    {
        yield return ("summary", "Summary");
        if (findings.Internals.Count > 0)
        {
            yield return ("curves", "Layers");
            yield return ("maps", "Heat maps");
        }

        if (findings.Behavior.Count > 0)
        {
            yield return ("behaviour", "Behaviour");
        }

        if (findings.KCurves.Count > 0)
        {
            yield return ("k-curves", "By k");
        }

        if (findings.ScorerComparisons.Count > 0)
        {
            yield return ("scorers", "Scorers");
        }

        if (findings.Peaks.Count > 0)
        {
            yield return ("peaks", "Peaks");
        }

        yield return ("missing", "Missing");
        yield return ("asked", "What was asked");
        yield return ("reading", "How to read this");
        if (findings.Examples.Count > 0)
        {
            yield return ("texts", "Texts");
        }
    }

    private static string Facts(Findings findings)
    {
        var manifest = findings.Manifest;
        string[] parts =
        [
            $"{NumberText.Count(manifest.Prompts.Prompts)} prompts from {manifest.Prompts.Name}",
            Wording.Continuations(manifest),
            .. findings.Scorers.Select(scorer =>
                scorer.Name == "given" ? "scores given by the prompt set" : $"scored by {scorer.Name} {string.Join(" and ", scorer.Versions)}"),
            $"{NumberText.Count(manifest.Model.Layers)} layers (embedding and {NumberText.Count(manifest.Model.Layers - 1)} blocks)",
        ];
        return string.Join(" · ", parts);
    }

    private static void Warnings(Markup page, Findings findings)
    {
        string[] warnings = [.. findings.WarningsAt("top")];
        if (warnings.Length == 0)
        {
            return;
        }

        page.Open("section", ("class", "warnings"), ("aria-labelledby", "warnings-title"));
        page.Element("h2", "Before you believe a figure", ("id", "warnings-title"));
        page.Open("ul");
        foreach (var warning in warnings)
        {
            page.Element("li", warning);
        }

        page.Close().Close();
    }

    private static void KeyFigures(Markup page, Findings findings)
    {
        var headline = Headline.Of(findings);
        if (headline.Attribute is not { } asked)
        {
            return;
        }

        var attribute = Wording.Name(asked);
        page.Open("section", ("class", "keys"), ("aria-label", "Key figures"));
        if (headline.Behavior(findings, "EMT", "all") is { } emt)
        {
            var name = emt.K is > 1 ? $"expected maximum {attribute}" : $"mean {attribute} of the continuations";
            var detail = $"EMT of {NumberText.Count(emt.K ?? 1)}, n = {NumberText.Count(emt.N)}";
            Key(page, emt, NumberText.Unit, name, detail);
        }

        if (headline.Behavior(findings, "TP", "all") is { } share)
        {
            Key(
                page,
                share,
                NumberText.Percent,
                share.K is > 1 ? "of prompts get a toxic continuation" : "of continuations are toxic",
                $"TP, {attribute} at least .5, n = {NumberText.Count(share.N)}");
        }

        foreach (var (scenario, text) in new[] { (Scenario.Input, "input"), (Scenario.Output, "output") })
        {
            if (headline.Peak(findings, scenario) is { } peak)
            {
                var rows = Headline.RowOf(findings, peak) is { } row ? $", n = {NumberText.Count(row.N)}" : "";
                var (r, low, high) = peak.NestedR is null ? (peak.R, peak.Low, peak.High) : (peak.NestedR.Value, peak.NestedLow, peak.NestedHigh);
                var where = peak.NestedR is null ? $"at layer {NumberText.Count(peak.Layer)}" : "with the layer chosen on the other folds";
                Key(
                    page,
                    NumberText.Unit(r),
                    NumberText.Interval(low, high, NumberText.Unit),
                    $"strongest encoding of {text} {attribute}",
                    $"r {where}, {Wording.Name(peak.Probe)} probe{rows}; peak: layer {NumberText.Count(peak.Layer)}, {NumberText.Unit(peak.R)}");
            }
        }

        if (headline.Peak(findings, Scenario.Input) is { } input && headline.Within(findings, input.Layer) is { } within)
        {
            var embeddings = input.Layer > 0 && headline.Within(findings, 0) is { R: not null } nought
                ? $"; at layer 0 {NumberText.WithInterval(nought.R, nought.Low, nought.High, NumberText.Unit)}"
                : "";
            Key(
                page,
                NumberText.Unit(within.R),
                NumberText.Interval(within.Low, within.High, NumberText.Unit),
                $"relation: does it write more {(attribute == "toxicity" ? "toxically" : attribute)} where it takes a prompt for more than it is?",
                within.R is null
                    ? $"not defined: {Wording.Reason(within.Reason)}"
                    : $"partial r of reading and writing at layer {NumberText.Count(within.Layer)}, n = {NumberText.Count(within.N)}{embeddings}");
        }

        page.Close();
    }

    private static void Key(Markup page, BehaviorFinding row, Func<double?, string> write, string name, string detail) =>
        Key(page, write(row.Value), NumberText.Interval(row.Low, row.High, write), name, row.Value is null ? $"missing: {Wording.Reason(row.Reason)}" : detail);

    private static void Key(Markup page, string figure, string interval, string name, string detail)
    {
        page.Open("div", ("class", "key"));
        page.Open("p", ("class", "figure")).Element("span", figure, ("class", "big")).Text(" ").Element("span", interval, ("class", "interval")).Close();
        page.Element("p", name, ("class", "name"));
        page.Element("p", detail, ("class", "detail"));
        page.Close();
    }
}
