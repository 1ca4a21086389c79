using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>Which attribute, scorer and probe the first sentences speak of.</summary>
internal sealed record Headline(string? Scorer, string? Attribute, ProbeKey? Probe)
{
    public static Headline Of(Findings findings)
    {
        var scored = findings.Behavior.Where(row => row.Scorer != BehaviorFinding.Texts).ToArray();
        var probes = findings.Internals.Where(row => row.Control == "none").Select(row => new ProbeKey(row.Probe, row.Control, row.Scorer)).Distinct().ToArray();
        var scorer = scored.FirstOrDefault()?.Scorer ?? probes.FirstOrDefault()?.Scorer;
        var attributes = scored.Where(row => row.Scorer == scorer).Select(row => row.Attribute).Concat(findings.Internals.Select(row => row.Attribute)).Distinct().ToArray();
        var attribute = attributes.Contains("toxicity") ? "toxicity" : attributes.FirstOrDefault();
        var probe = probes.FirstOrDefault(key => key.Probe == "linear" && key.Scorer == scorer) ?? probes.FirstOrDefault(key => key.Scorer == scorer) ?? probes.FirstOrDefault();
        return new Headline(scorer, attribute, probe);
    }

    /// <summary>A behaviour row of the headline's scorer.</summary>
    public BehaviorFinding? Behavior(Findings findings, string metric, string subset, string? attribute = null) =>
        findings.Behavior.FirstOrDefault(row => row.Scorer == Scorer && row.Attribute == (attribute ?? Attribute) && row.Metric == metric && row.Subset == subset);

    /// <summary>The peak of a scenario for the headline's attribute and probe.</summary>
    public PeakFinding? Peak(Findings findings, Scenario scenario) =>
        findings.Peaks.FirstOrDefault(peak => peak.Probe == Probe?.Probe && peak.Scorer == Probe.Scorer && peak.Scenario == scenario && peak.Attribute == Attribute);
}
