using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>How well classes are told apart at each curve's peak: rows ready to print.</summary>
internal static class ClassifierTable
{
    private const int MostNamed = 4;

    /// <summary>Headings of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    ["probe", "scorer", "attribute", "scenario", "peak layer", "accuracy", "macro F1", "AUROC", "classes"];

    /// <summary>The table of the first sentences' attribute, for terminals.</summary>
    public static SummaryTable Of(Findings findings)
    {
        var attribute = Headline.Of(findings).Attribute;
        return new SummaryTable(
            $"Classes at the peaks, {Wording.Name(attribute ?? "")}",
            WithoutAttribute(Columns),
            [.. Rows(findings, attribute).Select(WithoutAttribute)]);
    }

    private static string[] WithoutAttribute(IReadOnlyList<string> fields) => [.. fields.Where((_, column) => Columns[column] != "attribute")];

    /// <summary>The rows of one attribute or all; none where no probe tells classes apart.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="attribute">The attribute; null for all.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(Findings findings, string? attribute) =>
        [
            .. from peak in findings.Peaks
            where attribute is null || peak.Attribute == attribute
            let cell = findings.Internals.FirstOrDefault(cell =>
                cell.Control == "none"
                && cell.Probe == peak.Probe
                && cell.Scorer == peak.Scorer
                && cell.Scenario == peak.Scenario
                && cell.Attribute == peak.Attribute
                && cell.Layer == peak.Layer)
            let classifier = cell?.Classifier
            where classifier is not null
            select (IReadOnlyList<string>)
                [
                    Wording.Name(peak.Probe),
                    peak.Scorer,
                    Wording.Name(peak.Attribute),
                    Wording.Scenario(peak.Scenario),
                    NumberText.Count(peak.Layer),
                    .. CellText.Classifiers.Select(figure => CellText.Figure(figure.Of(classifier))),
                    Classes(classifier),
                ],
        ];

    // The largest class's share is what a probe that looks at nothing gets right.
    private static string Classes(ClassifierFinding classifier) =>
        classifier.Classes.Count switch
        {
            0 => NumberText.None,
            <= MostNamed => string.Join(", ", classifier.Classes.Select(@class => $"{@class.Name}: {NumberText.Count(@class.N)}")),
            var many =>
                $"{NumberText.Count(many)} of {NumberText.Count(classifier.Classes.Min(@class => @class.N))} to " +
                $"{NumberText.Count(classifier.Classes.Max(@class => @class.N))} rows",
        };
}
