using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>A study's findings as its reports look at them. It finds and words; it computes nothing.</summary>
internal sealed class StudyView
{
    public StudyView(StudyFindings findings)
    {
        Findings = findings;
        Kinds = [.. findings.Together.Select(run => run.Kind).OfType<string>().Distinct(StringComparer.Ordinal)];
        Scenarios = [.. findings.Curves.Select(curve => curve.Scenario).Distinct().Order()];
        Encoded = [.. findings.Curves.Select(curve => curve.Attribute).Distinct(StringComparer.Ordinal)];
    }

    public StudyFindings Findings { get; }

    /// <summary>Kinds of models, in the order of the runs.</summary>
    public IReadOnlyList<string> Kinds { get; }

    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Attributes that have curves.</summary>
    public IReadOnlyList<string> Encoded { get; }

    /// <summary>The attribute that sentences speak of; null where there is none.</summary>
    public string? Headline => Findings.Attributes is [var first, ..] ? first : null;

    /// <summary>The style of a run: that of its kind, or where no kind was named that of all.</summary>
    public int StyleOf(string run) => Findings.Runs.First(other => other.Name == run).Kind is { } kind ? Kinds.ToList().IndexOf(kind) : 0;

    /// <summary>How many runs and families stand together.</summary>
    public string Counts
    {
        get
        {
            var runs = Findings.Together.Count();
            return $"{NumberText.Count(runs)} {(runs == 1 ? "run" : "runs")} of {NumberText.Count(Findings.Families)} " +
                $"{(Findings.Families == 1 ? "family" : "families")}";
        }
    }

    /// <summary>A correlation with its interval, and what it rests on. Over families where there are enough of them.</summary>
    public static string Correlation(InterplayFinding? row)
    {
        if (row?.R is null)
        {
            return $"no correlation ({Wording.Reason(row?.Reason ?? "not_run")})";
        }

        var (low, high) = IntervalOf(row);
        var over = row.FamilyLow is null ? "over runs" : "over families";
        return
            $"r = {NumberText.WithInterval(row.R, low, high, NumberText.Unit)} ({over}; {NumberText.Count(row.Runs)} runs, " +
            $"{NumberText.Count(row.Families)} {(row.Families == 1 ? "family" : "families")})";
    }

    /// <summary>The interval over families where there is one, else over runs.</summary>
    public static (double? Low, double? High) IntervalOf(InterplayFinding row) =>
        row.FamilyLow is null ? (row.Low, row.High) : (row.FamilyLow, row.FamilyHigh);

    /// <summary>A contrast's name for people.</summary>
    public static string ContrastName(string contrast) => contrast switch
    {
        "base" => "Models against their base",
        "adapter" => "Adapters against none",
        "precision" => "Few bits against full",
        "template" => "Templates",
        "training" => "Checkpoints against the last",
        _ => contrast,
    };

    /// <summary>A mean over several models, with what it rests on.</summary>
    public static string Mean(StudyContrastMean row) =>
        $"{Signed(row.Mean)}{(NumberText.Interval(row.Low, row.High, NumberText.Unit) is { Length: > 0 } interval ? " " + interval : "")} over " +
        $"{NumberText.Count(row.Runs)} pairs of {NumberText.Count(row.Families)} {(row.Families == 1 ? "family" : "families")}";

    /// <summary>A step of training.</summary>
    public static string Step(long step) => step.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value > 0 ? "+" + NumberText.Unit(value) : NumberText.Unit(value);
}
