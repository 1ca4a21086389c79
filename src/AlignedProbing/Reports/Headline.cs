using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>
/// Which attribute, scorer and probe the first sentences speak of. The probe is chosen by what was run and on how many prompts, never by what it reads: of
/// several figures the largest is the one that flatters. A probe whose fits mostly stop while they still learn comes after one that is solved.
/// </summary>
internal sealed record Headline(string? Scorer, string? Attribute, ProbeKey? Probe)
{
    /// <summary>
    /// Below so many prompts a probe that is trained by steps gets too few of them (docs/reference/probing.md), and one in closed form stands first.
    /// </summary>
    public const int FewPrompts = 500;

    private const string Paper = "linear";
    private const double AfterClosedForm = 1.5;
    private const string ClosedForm = "ridge";
    private const string Dummy = "mean";

    // Of probes that tell classes apart those that are solved to convergence come before those that are trained by steps.
    private static readonly string[] Converged = ["softmax-l2", "logistic-l2"];

    public static Headline Of(Findings findings)
    {
        var scored = findings.Behavior.Where(row => row.Scorer != BehaviorFinding.Texts).ToArray();
        var probes = findings
            .Internals.Where(row => row.Control == "none")
            .Select(row => new ProbeKey(row.Probe, row.Control, row.Scorer))
            .Distinct()
            .ToArray();
        var scorer = scored.FirstOrDefault()?.Scorer ?? probes.FirstOrDefault()?.Scorer;
        var attributes = scored
            .Where(row => row.Scorer == scorer)
            .Select(row => row.Attribute)
            .Concat(findings.Internals.Select(row => row.Attribute))
            .Distinct()
            .ToArray();
        var attribute = attributes.Contains("toxicity") ? "toxicity" : attributes.FirstOrDefault();
        string[] first = findings.Manifest.Prompts.Prompts < FewPrompts ? [ClosedForm, Paper] : [Paper, ClosedForm];
        var probe = probes
            .OrderBy(key => key.Scorer != scorer)
            .ThenBy(key => IsUntrained(findings, key) ? Math.Max(Rank(key), AfterClosedForm) : Rank(key))
            .FirstOrDefault();
        return new Headline(scorer, attribute, probe);

        double Rank(ProbeKey key) =>
            Kind(key.Probe) is var kind && kind == first[0] ? 0
            : kind == first[1] ? 1
            : Converged.Contains(kind) ? 2
            : kind == Dummy ? 4
            : 3;
    }

    /// <summary>
    /// Whether most of a probe's fits stopped while their development loss still fell: what it reads is then in part how long it was trained.
    /// </summary>
    public static bool IsUntrained(Findings findings, ProbeKey key) =>
        findings
            .Internals.Where(row => row.Probe == key.Probe && row.Control == key.Control && row.Scorer == key.Scorer)
            .Select(row => row.LastEpoch)
            .OfType<double>()
            .DefaultIfEmpty(0)
            .Average() > Findings.MostStillLearning;

    /// <summary>The order in which probes are drawn: the one spoken of, those that are trained out, those that are not; control tasks last.</summary>
    public IEnumerable<ProbeKey> Ordered(Findings findings, IEnumerable<ProbeKey> keys) =>
        keys.OrderBy(key => key.Control != "none").ThenBy(key => key != Probe).ThenBy(key => IsUntrained(findings, key));

    /// <summary>Interplay within the model, of the probe spoken of, at the layer where Input peaks; null where it was not computed.</summary>
    public WithinFinding? Within(Findings findings, int layer) =>
        findings.Within.FirstOrDefault(row =>
            row.Probe == Probe?.Probe && row.Scorer == Probe.Scorer && row.Attribute == Attribute && row.Layer == layer);

    // With standardised features a probe has a name of its own.
    private static string Kind(string probe) =>
        Array.Find(Converged, name => probe == name || probe.StartsWith(name + "-", StringComparison.Ordinal)) ?? probe.Split('-')[0];

    /// <summary>A behaviour row of the headline's scorer.</summary>
    public BehaviorFinding? Behavior(Findings findings, string metric, string subset, string? attribute = null) =>
        findings.Behavior.FirstOrDefault(row =>
            row.Scorer == Scorer && row.Attribute == (attribute ?? Attribute) && row.Metric == metric && row.Subset == subset);

    /// <summary>Why its probe is the one spoken of, where there are others; otherwise null.</summary>
    public string? WhyProbe(Findings findings)
    {
        var others = findings
            .Internals.Where(row => row.Scorer == Probe?.Scorer && row.Probe != Probe.Probe && IsComparable(row))
            .Select(row => Kind(row.Probe))
            .Distinct()
            .ToArray();
        return Probe is null || others.Length == 0 ? null
            : Kind(Probe.Probe) == ClosedForm && others.Contains(Paper) && findings.Manifest.Prompts.Prompts < FewPrompts
                ? $"The sentences speak of the ridge probe first, which is solved in closed form: with fewer than {NumberText.Count(FewPrompts)} prompts " +
                    "the linear probe is trained for too few steps to show what the layers hold."
            : Kind(Probe.Probe) == ClosedForm && others.Contains(Paper)
                ? "The sentences speak of the ridge probe first, which is solved in closed form: most fits of the linear probe stop while they still learn."
            : Kind(Probe.Probe) == Paper ? "The sentences speak of the linear probe first, which is the paper's."
            : null;
    }

    /// <summary>The row that a peak stands for: its n and how it was made.</summary>
    public static InternalsFinding? RowOf(Findings findings, PeakFinding peak) =>
        findings.Internals.FirstOrDefault(row =>
            row.Control == "none"
            && row.Probe == peak.Probe
            && row.Scorer == peak.Scorer
            && row.Scenario == peak.Scenario
            && row.Attribute == peak.Attribute
            && row.Layer == peak.Layer);

    /// <summary>
    /// The peaks of the other probes on the headline's scorer, attribute and a scenario, as far as their r is of the same labels: not a dummy's, and not of
    /// probes that tell classes apart.
    /// </summary>
    public IEnumerable<PeakFinding> OtherPeaks(Findings findings, Scenario scenario) =>
        findings.Peaks.Where(peak =>
            peak.Probe != Probe?.Probe
            && peak.Scorer == Probe?.Scorer
            && peak.Scenario == scenario
            && peak.Attribute == Attribute
            && RowOf(findings, peak) is { } row
            && IsComparable(row));

    private static bool IsComparable(InternalsFinding row) => row is { Control: "none", Classifier: null } && Kind(row.Probe) != Dummy;

    /// <summary>The peak of a scenario for the headline's attribute and probe.</summary>
    public PeakFinding? Peak(Findings findings, Scenario scenario) =>
        findings.Peaks.FirstOrDefault(peak =>
            peak.Probe == Probe?.Probe && peak.Scorer == Probe.Scorer && peak.Scenario == scenario && peak.Attribute == Attribute);
}
