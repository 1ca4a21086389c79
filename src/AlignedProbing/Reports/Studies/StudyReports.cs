using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>Every form of a study's report. A new one is a file and a line here.</summary>
public static class StudyReports
{
    private static readonly (string FileName, Action<StudyFindings, Stream> Write)[] All =
    [
        ("study-runs.csv", StudyRunsCsv.Write),
        ("contrasts.csv", ContrastsCsv.Write),
        ("within.csv", StudyWithinCsv.Write),
        ("study.md", StudyMarkdown.Write),
        ("study.html", (findings, stream) => StudyPage.Write(findings, stream, TimeProvider.System)),
    ];

    /// <summary>Writes every form into the study's folder; each file complete or not at all.</summary>
    /// <param name="findings">What the runs say together.</param>
    /// <param name="folder">The study's folder.</param>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WriteAll(StudyFindings findings, string folder)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var paths = new List<string>();
        foreach (var (name, write) in All)
        {
            paths.Add(Path.Combine(folder, name));
            AtomicWrite.File(paths[^1], stream => write(findings, stream));
        }

        if (findings.Interplay is { } interplay)
        {
            paths.Add(Path.Combine(folder, "interplay.csv"));
            AtomicWrite.File(paths[^1], stream => InterplayCsv.Write(interplay, stream));
        }

        return paths;
    }

    /// <summary>Writes every chart of the study's page into a folder, as SVG.</summary>
    /// <param name="findings">What the runs say together.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WriteFigures(StudyFindings findings, string folder) =>
        SvgFigures.Write(stream => StudyPage.Write(findings, stream, TimeProvider.System), folder);

    /// <summary>Writes <c>interplay.csv</c> and <c>interplay.html</c> into a folder, which is made where it is absent.</summary>
    /// <param name="findings">Correlations over runs.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WriteInterplay(InterplayFindings findings, string folder)
    {
        ArgumentNullException.ThrowIfNull(findings);
        Directory.CreateDirectory(folder);
        var (table, page) = (Path.Combine(folder, "interplay.csv"), Path.Combine(folder, "interplay.html"));
        AtomicWrite.File(table, stream => InterplayCsv.Write(findings, stream));
        AtomicWrite.File(page, stream => InterplayPage.Write(findings, stream, TimeProvider.System));
        return [table, page];
    }
}
