using System.Globalization;
using System.Text;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Reports;

/// <summary>Writes a report of given findings and gives back its text.</summary>
internal static class Exporting
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static IReportExporter Html(DateTimeOffset? now = null) => new HtmlReport(new FixedTime(now ?? Noon));

    public static string Text(IReportExporter exporter, Findings findings, Action<RunFolder>? fill = null, Prompt[]? prompts = null)
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.StartOrResume(folder["run"], findings.Manifest, prompts ?? [SampleRun.Prompt("p-1")]);
        fill?.Invoke(run);
        using var stream = new MemoryStream();
        exporter.Write(findings, run, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Runs something under a culture of the reader's machine.</summary>
    public static T Under<T>(string culture, Func<T> action)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            return action();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
