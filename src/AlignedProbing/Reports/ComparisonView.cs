using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>The rows of a comparison, looked up by what tables and charts ask for.</summary>
internal sealed class ComparisonView
{
    private readonly ILookup<(string Kind, string Scorer, string? Probe, string Attribute, string? Subset, Scenario? Scenario, string Metric, string Run), RunFigure> _figures;
    private readonly ILookup<(string Kind, string Scorer, string? Probe, string Attribute, string? Subset, Scenario? Scenario, string Metric, string Run), RunDifference> _differences;

    public ComparisonView(ComparisonFindings findings)
    {
        Findings = findings;
        _figures = findings.Figures.ToLookup(row => (row.Kind, row.Scorer, row.Probe, row.Attribute, row.Subset, row.Scenario, row.Metric, row.Run));
        _differences = findings.Differences.ToLookup(row => (row.Kind, row.Scorer, row.Probe, row.Attribute, row.Subset, row.Scenario, row.Metric, row.Run));
        Runs = [.. findings.Runs.Select(run => run.Name)];
    }

    public ComparisonFindings Findings { get; }

    /// <summary>Names of the runs, the baseline first.</summary>
    public IReadOnlyList<string> Runs { get; }

    /// <summary>Names of the others.</summary>
    public IEnumerable<string> Others => Runs.Skip(1);

    /// <summary>The attribute that reports speak of first; null where nothing was compared.</summary>
    public string? Headline => Findings.Differences.FirstOrDefault(row => row.Kind == "behavior")?.Attribute ?? Findings.Differences.FirstOrDefault(row => row.Kind == "strength")?.Attribute;

    /// <summary>Scorers of behaviour, in order.</summary>
    public IReadOnlyList<string> Scorers => [.. Findings.Figures.Where(row => row.Kind == "behavior").Select(row => row.Scorer).Distinct()];

    /// <summary>Probes with the scorers of their labels, in order.</summary>
    public IReadOnlyList<(string Probe, string Scorer)> Probes => [.. Findings.Figures.Where(row => row.Kind == "strength").Select(row => (row.Probe!, row.Scorer)).Distinct()];

    /// <summary>Attributes of behaviour by a scorer, in order.</summary>
    public IReadOnlyList<string> Attributes(string scorer) => [.. Findings.Figures.Where(row => row.Kind == "behavior" && row.Scorer == scorer).Select(row => row.Attribute).Distinct()];

    /// <summary>A figure of behaviour; null where there is none.</summary>
    public RunFigure? Behavior(string scorer, string attribute, string subset, string metric, string run) => _figures[("behavior", scorer, null, attribute, subset, null, metric, run)].FirstOrDefault();

    /// <summary>A difference of behaviour; null where there is none.</summary>
    public RunDifference? BehaviorDifference(string scorer, string attribute, string subset, string metric, string run) => _differences[("behavior", scorer, null, attribute, subset, null, metric, run)].FirstOrDefault();

    /// <summary>A curve's figures in a run, by layer.</summary>
    public IReadOnlyList<RunFigure> Curve(string kind, string metric, string probe, string scorer, string attribute, Scenario scenario, string run) => [.. _figures[(kind, scorer, probe, attribute, null, scenario, metric, run)]];

    /// <summary>A curve's differences, by layer.</summary>
    public IReadOnlyList<RunDifference> CurveDifferences(string kind, string metric, string probe, string scorer, string attribute, Scenario scenario, string run) => [.. _differences[(kind, scorer, probe, attribute, null, scenario, metric, run)]];

    /// <summary>Whether a difference is told from nothing after correction.</summary>
    public static bool IsFound(RunDifference? difference) => difference?.AdjustedP < 0.05;

    /// <summary>A difference of correlations, scores or shares with its interval: "+.03 [.01, .05]".</summary>
    public static string Text(RunDifference? difference) =>
        difference?.Difference is null ? NumberText.None : Signed(difference.Difference) + (NumberText.Interval(difference.Low, difference.High, NumberText.Unit) is { Length: > 0 } interval ? " " + interval : "");

    /// <summary>A difference with its sign: "+.03"; ".00" has none.</summary>
    public static string Signed(double? difference) => NumberText.Unit(difference) is var text && difference > 0 && text != ".00" ? "+" + text : text;

    /// <summary>A p: ".03", "&lt; .001".</summary>
    public static string P(double? p) => p switch
    {
        null => NumberText.None,
        < 0.001 => "< .001",
        < 0.1 => NumberText.Small(p),
        _ => NumberText.Unit(p),
    };
}
