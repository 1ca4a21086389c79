using System.Globalization;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// <c>report.html</c>: one file that holds everything it shows and loads nothing. Charts are SVG drawn here, so it reads and prints without JavaScript, which
/// adds tooltips and keeps choices in step. Apart from the block <c>made</c> at its end (time and machines) it is the same, bit for bit, for the same findings
/// and texts.
/// </summary>
/// <param name="time">Tells when the report was written.</param>
public sealed class HtmlReport(TimeProvider time) : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "report.html";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var page = new Markup();
        var view = new InternalsView(findings);
        PageFrame.Open(page, $"Aligned probing: {findings.Manifest.Model.Name}{(findings.Manifest.Demo ? " (demo)" : "")}", "summary");
        OpeningSection.Write(page, findings);
        page.Open("main");
        SummarySection.Write(page, findings);
        CurvesSection.Write(page, findings, view);
        HeatMapSection.Write(page, findings, view);
        BehaviorSection.Write(page, findings);
        KCurvesSection.Write(page, findings);
        ScorersSection.Write(page, findings);
        PeakSection.Write(page, findings, view);
        ChecksSection.Write(page, findings, view);
        MissingSection.Write(page, findings);
        AskedSection.Write(page, findings);
        ReadingSection.Write(page, findings);
        ExamplesSection.Write(page, findings, run);
        page.Close();
        MadeSection.Write(page, run, time.GetUtcNow());
        PageFrame.Close(page);
        destination.Write(AtomicWrite.Utf8.GetBytes(page.ToString()));
    }

    /// <summary>A time as reports write it, in UTC to the minute.</summary>
    internal static string Stamp(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
