using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>The rows of a comparison, looked up by what tables and charts ask for.</summary>
internal sealed class ComparisonView
{
    private readonly ILookup<
        (string Kind, string Scorer, string? Probe, string Attribute, string? Subset, Scenario? Scenario, string Metric, string Run),
        RunFigure
    > _figures;
    private readonly ILookup<
        (string Kind, string Scorer, string? Probe, string Attribute, string? Subset, Scenario? Scenario, string Metric, string Run),
        RunDifference
    > _differences;

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
    public string? Headline =>
        Findings.Differences.FirstOrDefault(row => row is { Kind: "behavior", Metric: "EMT" })?.Attribute
        ?? Findings.Differences.FirstOrDefault(row => row.Kind == "strength")?.Attribute;

    /// <summary>Scorers of behaviour, in order.</summary>
    public IReadOnlyList<string> Scorers => [.. Findings.Figures.Where(row => row.Kind == "behavior").Select(row => row.Scorer).Distinct()];

    /// <summary>Probes with the scorers of their labels; first the one that sentences speak of, chosen as in a run's own report.</summary>
    public IReadOnlyList<(string Probe, string Scorer)> Probes =>
    [
        .. Findings.Figures.Where(row => row.Kind == "strength").Select(row => (Probe: row.Probe!, row.Scorer)).Distinct()
            .OrderBy(pair => pair.Probe == (Findings.CommonPrompts < AlignedProbing.Reports.Headline.FewPrompts ? "ridge" : "linear") ? 0 : 1),
    ];

    /// <summary>Attributes that have a curve, in order.</summary>
    public IReadOnlyList<string> Encoded => [.. Findings.Figures.Where(row => row.Kind == "strength").Select(row => row.Attribute).Distinct()];

    /// <summary>Where the attribute that is spoken of first stands.</summary>
    public int Chosen(IReadOnlyList<string> attributes) => Math.Max(0, Headline is { } headline ? attributes.ToList().IndexOf(headline) : 0);

    /// <summary>The differences of a kind.</summary>
    public IReadOnlyList<RunDifference> Of(string kind) => [.. Findings.Differences.Where(row => row.Kind == kind)];

    /// <summary>Attributes of behaviour by a scorer, in order.</summary>
    public IReadOnlyList<string> Attributes(string scorer) =>
        [.. Findings.Figures.Where(row => row.Kind == "behavior" && row.Scorer == scorer).Select(row => row.Attribute).Distinct()];

    /// <summary>A figure of behaviour; null where there is none.</summary>
    public RunFigure? Behavior(string scorer, string attribute, string subset, string metric, string run) =>
        _figures[("behavior", scorer, null, attribute, subset, null, metric, run)].FirstOrDefault();

    /// <summary>A difference of behaviour; null where there is none.</summary>
    public RunDifference? BehaviorDifference(string scorer, string attribute, string subset, string metric, string run) =>
        _differences[("behavior", scorer, null, attribute, subset, null, metric, run)].FirstOrDefault();

    /// <summary>A curve's figures in a run, by layer.</summary>
    public IReadOnlyList<RunFigure> Curve(string kind, string metric, string probe, string scorer, string attribute, Scenario scenario, string run) =>
        [.. _figures[(kind, scorer, probe, attribute, null, scenario, metric, run)]];

    /// <summary>A curve's differences, by layer.</summary>
    public IReadOnlyList<RunDifference> CurveDifferences(
        string kind,
        string metric,
        string probe,
        string scorer,
        string attribute,
        Scenario scenario,
        string run
    ) => [.. _differences[(kind, scorer, probe, attribute, null, scenario, metric, run)]];

    /// <summary>Whether a difference is told from nothing after correction.</summary>
    public static bool IsFound(RunDifference? difference) => difference?.AdjustedP < 0.05;

    /// <summary>
    /// A difference of correlations, scores or shares with its interval: "+.03 [.01, .05]"; three decimals where the interval is narrow. Other quantities as
    /// they are.
    /// </summary>
    public static string Text(RunDifference? difference)
    {
        if (difference?.Difference is null)
        {
            return NumberText.None;
        }

        var write = WriterOf(difference);
        return Signed(difference.Difference, write)
            + (NumberText.Interval(difference.Low, difference.High, write) is { Length: > 0 } interval ? " " + interval : "");
    }

    /// <summary>A difference with its sign: "+.03"; ".00" has none.</summary>
    public static string Signed(double? difference, Func<double?, string> write) =>
        write(difference) is var text && difference > 0 && text.AsSpan().ContainsAnyInRange('1', '9') ? "+" + text : text;

    /// <summary>How both figures of a difference are written.</summary>
    public static Func<double?, string> FigureWriter(ComparedQuantity row) =>
        row switch
        {
            { Kind: "texts", Attribute: "length" or "perplexity" } or { Kind: "compression" } => value =>
                value is { } number ? number.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture) : NumberText.None,
            { Kind: "peak", Metric: "layer" } => value =>
                value is { } number ? number.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture) : NumberText.None,
            _ => NumberText.Unit,
        };

    private static Func<double?, string> WriterOf(RunDifference row)
    {
        const double Narrow = 0.04;
        var write = FigureWriter(row);
        if (write != NumberText.Unit)
        {
            return value => write(value).Replace('-', '\u2212');
        }

        return row.High - row.Low < Narrow && row.High != row.Low ? Thousandths : write;
    }

    private static string Thousandths(double? value)
    {
        if (value is not { } number)
        {
            return NumberText.None;
        }

        var digits = Math.Abs(number).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);
        return (number < 0 && digits != "0.000" ? "\u2212" : "") + (digits[0] == '0' ? digits[1..] : digits);
    }

    /// <summary>A p: ".03", "&lt; .001".</summary>
    public static string P(double? p) => p switch
    {
        null => NumberText.None,
        < 0.001 => "< .001",
        < 0.1 => NumberText.Small(p),
        _ => NumberText.Unit(p),
    };
}
