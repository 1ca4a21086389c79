using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// <c>report.html</c>: one file that holds everything it shows and loads nothing. Charts are SVG drawn here, so it reads and prints without JavaScript, which adds tooltips and
/// keeps choices in step. Apart from the block <c>made</c> at its end (time and machines) it is the same, bit for bit, for the same findings and texts.
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
        page.Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en"));
        Head(page, findings);
        page.Open("body");
        page.Element("a", "Skip to the findings", ("class", "skip"), ("href", "#summary"));
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
        Script(page);
        page.Close().Close();
        destination.Write(AtomicWrite.Utf8.GetBytes(page.ToString()));
    }

    private static void Head(Markup page, Findings findings)
    {
        page.Open("head");
        page.Void("meta", ("charset", "utf-8"));
        page.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        page.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"));
        page.Void("meta", ("name", "color-scheme"), ("content", "light dark"));
        page.Element("title", $"Aligned probing: {findings.Manifest.Model.Name}{(findings.Manifest.Demo ? " (demo)" : "")}");
        page.Open("style").Raw("\n").Raw(Resource("report.css")).Close();
        page.Close();
    }

    // The comment marks make the script plain text to an XML reader and stay comments to a browser.
    private static void Script(Markup page) => page.Open("script").Raw("/*<![CDATA[*/\n").Raw(Resource("report.js")).Raw("/*]]>*/").Close();

    private static string Resource(string name)
    {
        var assembly = typeof(HtmlReport).Assembly;
        var full = assembly.GetManifestResourceNames().Single(candidate => candidate.EndsWith("." + name, StringComparison.Ordinal));
        using var stream = assembly.GetManifestResourceStream(full)!;
        using var reader = new StreamReader(stream, AtomicWrite.Utf8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>A time as reports write it, in UTC to the minute.</summary>
    internal static string Stamp(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
