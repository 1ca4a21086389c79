using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>How one cell of internals is written.</summary>
internal static class CellText
{
    /// <summary>In a sentence: "r .81 [.78, .84], n = 1,996, 20 runs", or "missing (…)".</summary>
    public static string Full(InternalsFinding? cell) =>
        cell?.R is null
            ? $"missing ({InternalsView.WhyMissing(cell)})"
            : $"r {NumberText.WithInterval(cell.R, cell.Low, cell.High, NumberText.Unit)}{Classifier(cell)}, n = {NumberText.Count(cell.N)}, " +
                $"{NumberText.Count(cell.Runs)} runs{Wording.StillLearning(cell)}";

    /// <summary>A figure of a classifier: ".81 [.78, .84]", or "missing (…)"; empty of other probes.</summary>
    public static string Figure(ClassFigure? figure) =>
        figure is null ? ""
        : figure.Value is null ? $"missing ({Wording.Reason(figure.Reason)})"
        : NumberText.WithInterval(figure.Value, figure.Low, figure.High, NumberText.Unit);

    /// <summary>Figures of classifiers with their names.</summary>
    public static IReadOnlyList<(string Name, Func<ClassifierFinding, ClassFigure> Of)> Classifiers { get; } =
        [("Accuracy", classifier => classifier.Accuracy), ("Macro F1", classifier => classifier.MacroF1), ("AUROC", classifier => classifier.Auroc)];

    private static string Classifier(InternalsFinding cell) =>
        cell.Classifier is not { } classifier
            ? ""
            : string.Concat(
                Classifiers.Select(figure =>
                    $", {(figure.Name == "AUROC" ? figure.Name : figure.Name.ToLowerInvariant().Replace("f1", "F1", StringComparison.Ordinal))} " +
                    $"{Figure(figure.Of(classifier))}"));

    /// <summary>A cell without a figure: the word and, for eyes without a mouse, the reason.</summary>
    public static void Missing(Markup page, string? reason)
    {
        page.Open("td", ("class", "none")).Text(reason is NotAsked or NotRun ? reason : "missing");
        if (reason is { Length: > 0 } and not NotAsked and not NotRun)
        {
            page.Element("span", reason, ("class", "why"));
        }

        page.Close();
    }

    /// <summary>Of what nobody asked for: it is not missing.</summary>
    public const string NotAsked = "not asked for";

    private const string NotRun = "not run";

    /// <summary>As a table cell.</summary>
    public static void Write(Markup page, InternalsFinding? cell)
    {
        if (cell?.R is null)
        {
            Missing(page, InternalsView.WhyMissing(cell));
        }
        else
        {
            page.Open("td")
                .Text(NumberText.Unit(cell.R) + " ")
                .Element("span", NumberText.Interval(cell.Low, cell.High, NumberText.Unit), ("class", "interval"))
                .Close();
        }
    }
}
