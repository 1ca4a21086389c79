using AlignedProbing.Files;

namespace AlignedProbing.Reports.Html;

/// <summary>What every page has around its content: one file that holds everything it shows and loads nothing.</summary>
internal static class PageFrame
{
    /// <summary>Opens the page and its body; close it with <see cref="Close"/>.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">Its title.</param>
    /// <param name="skipTo">Id of what those want to skip to who come for the content.</param>
    public static void Open(Markup page, string title, string skipTo)
    {
        page.Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en"));
        page.Open("head");
        page.Void("meta", ("charset", "utf-8"));
        page.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        page.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"));
        page.Void("meta", ("name", "color-scheme"), ("content", "light dark"));
        page.Element("title", title);
        page.Open("style").Raw("\n").Raw(Resource("report.css")).Close();
        page.Close();
        page.Open("body");
        page.Element("a", "Skip to the findings", ("class", "skip"), ("href", "#" + skipTo));
    }

    /// <summary>Closes the body and the page. The comment marks make the script plain text to an XML reader and stay comments to a browser.</summary>
    public static void Close(Markup page)
    {
        page.Open("script").Raw("/*<![CDATA[*/\n").Raw(Resource("report.js")).Raw("/*]]>*/").Close();
        page.Close().Close();
    }

    private static string Resource(string name)
    {
        var assembly = typeof(PageFrame).Assembly;
        var full = assembly.GetManifestResourceNames().Single(candidate => candidate.EndsWith("." + name, StringComparison.Ordinal));
        using var stream = assembly.GetManifestResourceStream(full)!;
        using var reader = new StreamReader(stream, AtomicWrite.Utf8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
