using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>Every form of a comparison. A new one is a file and a line here.</summary>
public static class ComparisonReports
{
    private static readonly (string FileName, Action<ComparisonFindings, Stream> Write)[] All =
    [
        ("comparison.csv", ComparisonCsv.Write),
        ("comparison.md", ComparisonMarkdown.Write),
        ("comparison.html", (findings, stream) => ComparisonPage.Write(findings, stream, TimeProvider.System)),
    ];

    /// <summary>Writes every form into a folder, which is made where it is absent; each file complete or not at all.</summary>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WriteAll(ComparisonFindings findings, string folder)
    {
        Directory.CreateDirectory(folder);
        var paths = new List<string>();
        foreach (var (name, write) in All)
        {
            var path = Path.Combine(folder, name);
            AtomicWrite.File(path, stream => write(findings, stream));
            paths.Add(path);
        }

        return paths;
    }
}
