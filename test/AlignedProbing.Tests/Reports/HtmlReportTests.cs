using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using AlignedProbing.Files;
using AlignedProbing.Reports;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Reports;

public class HtmlReportTests
{
    private const string Hostile = "\"'><script>alert('x')</script>&amp; \u202Egnp.\u2066\u0007\u0000\uFFFE ]]>";

    [Fact]
    public void The_page_is_well_formed_and_its_ids_are_unique_and_all_referenced_ids_exist()
    {
        var page = Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of()));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var referenced = page.Descendants()
            .Attributes()
            .Where(attribute =>
                attribute.Name.LocalName is "aria-labelledby" or "for" or "data-table"
                || (attribute.Name.LocalName == "href" && attribute.Value.StartsWith('#')))
            .SelectMany(attribute => attribute.Value.TrimStart('#').Split(' '))
            .Distinct()
            .ToArray();
        Assert.NotEmpty(referenced);
        // The texts section is absent where the run folder has none; everything else must be there.
        Assert.Empty(referenced.Except(ids));
    }

    [Fact]
    public void Peaks_point_to_the_corrected_comparison_where_there_is_one()
    {
        var findings = SampleFindings.Of();
        Assert.Contains("corrected for the number of comparisons", Exporting.Text(Exporting.Html(), findings), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "corrected for the number of comparisons",
            Exporting.Text(Exporting.Html(), findings with { Differences = [] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_loaded_from_anywhere()
    {
        var text = Exporting.Text(Exporting.Html(), SampleFindings.Of(), WithTexts);
        var page = Parse(text);
        Assert.DoesNotMatch(new Regex("https?:|//[a-z]|@import|url\\((?!#)", RegexOptions.IgnoreCase), Regex.Replace(text, "(?m)^\\s*// .*$", ""));
        Assert.Empty(page.Descendants().Attributes("src"));
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "link" or "img" or "iframe" or "object" or "embed" or "image" or "use");
        Assert.All(page.Descendants().Attributes("href"), href => Assert.StartsWith("#", href.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Hostile_names_and_texts_are_shown_and_do_nothing()
    {
        var findings = SampleFindings.Of(model: Hostile);
        findings = findings with
        {
            Behavior =
            [
                .. findings.Behavior.Select(row =>
                    row with
                    {
                        Attribute = row.Attribute == "threat" ? Hostile : row.Attribute,
                        Scorer = row.Scorer == "ngram" ? Hostile : row.Scorer,
                    }),
            ],
            Internals =
            [
                .. findings
                    .Internals.Where(row => row.Layer < 3)
                    .Select(row => row with { Attribute = row.Attribute == "insult" ? Hostile : row.Attribute, Probe = row.Probe + Hostile }),
            ],
            Warnings = [Hostile],
            Missing = [new MissingCount(Hostile, Hostile, 1, 2)],
            Estimators = new Dictionary<string, string> { [Hostile] = Hostile },
            Examples = [new ExampleFinding(Hostile, Hostile, 0, Hostile, 0, 1, null)],
        };
        var prompts = new[] { new Prompt { Id = Hostile.Replace("\u0000", "", StringComparison.Ordinal), Text = Hostile } };
        var text = Exporting.Text(Exporting.Html(), findings, null, prompts);
        var page = Parse(text);
        Assert.Single(page.Descendants("script"));
        Assert.Contains("⟨U+202E⟩", text, StringComparison.Ordinal);
        foreach (var harmful in new[] { '\u202E', '\u2066', '\u0007', '\u0000', '\uFFFE' })
        {
            Assert.DoesNotContain(harmful, text);
        }
    }

    [Fact]
    public void Texts_are_behind_a_click_with_a_warning_and_escaped()
    {
        var page = Parse(
            Exporting.Text(
                Exporting.Html(),
                SampleFindings.Of(),
                WithTexts,
                [new Prompt { Id = "p-1", Text = "So <b>then" }, new Prompt { Id = "p-2", Text = "And" }]));
        var details = Assert.Single(page.Descendants("details"), element => (string?)element.Attribute("class") == "texts");
        Assert.Null(details.Attribute("open"));
        Assert.Contains("offensive", details.Element("summary")!.Value, StringComparison.Ordinal);
        Assert.Contains("So <b>then", details.Value, StringComparison.Ordinal);
        Assert.Contains("you <i>know⟨U+202E⟩", details.Value, StringComparison.Ordinal);
        var others = page.Descendants("section").Where(section => (string?)section.Attribute("id") != "texts").ToArray();
        Assert.NotEmpty(others);
        Assert.All(others, section => Assert.DoesNotContain("So <b>then", section.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_reports_of_the_same_findings_differ_in_the_made_block_alone()
    {
        var one = Exporting.Text(Exporting.Html(), SampleFindings.Of(), WithTexts);
        var other = Exporting.Text(Exporting.Html(Exporting.Noon.AddDays(3)), SampleFindings.Of(), run =>
        {
            WithTexts(run);
            File.WriteAllText(Path.Combine(run.EncodingFolder(0), "unit.json"), "{\"machine\":\"another\",\"seconds\":2.5}");
        });
        Assert.NotEqual(one, other);
        Assert.Contains("another", other, StringComparison.Ordinal);
        Assert.Equal(WithoutMade(one), WithoutMade(other));
        Assert.Contains("2026-01-02 12:00 UTC", one, StringComparison.Ordinal);
        Assert.DoesNotContain("2026-01-02", WithoutMade(one), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("fa-IR")]
    public void The_page_is_the_same_under_every_culture(string culture)
    {
        var findings = SampleFindings.Of();
        Assert.Equal(
            Exporting.Text(Exporting.Html(), findings, WithTexts),
            Exporting.Under(culture, () => Exporting.Text(Exporting.Html(), findings, WithTexts)));
    }

    [Fact]
    public void A_missing_cell_is_said_to_be_missing_with_its_reason_in_chart_map_and_table()
    {
        var page = Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of()));
        var why = "labels or predictions are constant: no correlation is defined";
        Assert.Contains(page.Descendants("title"), title => title.Value == $"Backward, layer 13: missing ({why})");
        Assert.Contains(page.Descendants("title"), title => title.Value == $"insult, layer 14: missing ({why})");
        Assert.Contains(page.Descendants("p"), p => p.Value == $"Output: no figure at any layer: {why}.");
        // Two broken layers of the linear probe and a whole curve of length with each probe, in two tables each, and a peak that is not there with each probe.
        // The reason stands in the cell, for eyes without a mouse.
        var cells = Sections(page, "curves", "maps", "peaks")
            .Descendants("td")
            .Where(cell => cell.Value.StartsWith("missing", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal((2 * 2) + (2 * 31 * 2) + 2, cells.Length);
        Assert.All(cells, cell => Assert.Equal("missing" + why, cell.Value));
    }

    [Fact]
    public void Every_attribute_and_probe_has_a_chart_with_title_description_and_a_table()
    {
        var page = Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of()));
        var charts = Sections(page, "curves")
            .Descendants("svg")
            .Where(svg => ((string?)svg.Attribute("class"))!.Contains("lines", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal(8 * 2, charts.Length);
        Assert.All(charts, chart => Assert.True(chart.Elements("title").Single().Value.Length > 0 && chart.Elements("desc").Single().Value.Length > 0));
        // Four curves each; length has no Output.
        Assert.Equal(
            (7 * 2 * 4) + (2 * 3),
            charts.Sum(chart => chart.Elements("g").Count(g => ((string?)g.Attribute("class"))?.StartsWith("curve", StringComparison.Ordinal) == true)));
        Assert.Equal(8, page.Descendants("svg").Count(svg => (string?)svg.Attribute("class") == "chart heat"));
    }

    [Fact]
    public void Checks_are_drawn_where_they_were_asked_for_and_said_to_be_missing_where_not()
    {
        var checks = Sections(Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of())), "checks");
        var charts = checks
            .Descendants("svg")
            .Where(svg => ((string?)svg.Attribute("class"))!.Contains("lines", StringComparison.Ordinal))
            .Select(svg => svg.Element("title")!.Value)
            .ToArray();
        // Partial strength of both probes; selectivity and compression of ridge alone.
        Assert.Equal(8 * 2, charts.Count(title => title.StartsWith("Partial strength", StringComparison.Ordinal)));
        Assert.Equal(8, charts.Count(title => title.StartsWith("Selectivity against randomization", StringComparison.Ordinal)));
        Assert.Equal(8, charts.Count(title => title.StartsWith("Compression", StringComparison.Ordinal)));
        Assert.Contains(checks.Descendants("td"), cell => cell.Value == "not asked for");
        // The one layer that was compared with the peak and found alike.
        Assert.Contains(checks.Descendants("tr"), row => row.Elements("td").LastOrDefault()?.Value == "8");
        var plain = SampleFindings.Of() with
        {
            Selectivity = [],
            Internals = [.. SampleFindings.Of().Internals.Select(row => row with { OnlineCode = null, PartialR = null })],
        };
        Assert.Empty(Sections(Parse(Exporting.Text(Exporting.Html(), plain)), "checks"));
    }

    [Fact]
    public void The_probe_spoken_of_is_drawn_first_and_large_and_one_that_is_not_trained_out_after_it_with_the_reason()
    {
        var findings = SampleFindings.Of();
        findings = findings with { Internals = [.. findings.Internals.Select(row => row.Probe == "linear" ? row with { LastEpoch = 0.9 } : row)] };
        var figures = Sections(Parse(Exporting.Text(Exporting.Html(), findings)), "curves").Descendants("figure").Take(2).ToArray();
        Assert.Equal(["lead-figure", null], figures.Select(figure => (string?)figure.Attribute("class")));
        Assert.Contains("ridge probe", figures[0].Element("figcaption")!.Value, StringComparison.Ordinal);
        // The reason stands before the chart.
        Assert.Contains("in 90\u00A0% of its fits the best epoch is the last", figures[1].Elements().ElementAt(1).Value, StringComparison.Ordinal);
        Assert.Contains(figures[1].Descendants("title"), title => title.Value.Contains("best epoch the last in 90\u00A0% of fits", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_warnings_at_most_stand_above_the_figures_and_the_others_at_theirs()
    {
        var findings = SampleFindings.Of() with { Caveats = [new("top", "One."), new("top", "Two."), new("layers", "Three."), new("behaviour", "Four.")] };
        var page = Parse(Exporting.Text(Exporting.Html(), findings));
        Assert.Equal(
            ["One.", "Two."],
            page.Descendants("section").Single(part => (string?)part.Attribute("class") == "warnings").Descendants("li").Select(li => li.Value));
        foreach (var (section, text) in new[] { ("curves", "Three."), ("behaviour", "Four.") })
        {
            Assert.Contains(Sections(page, section).Descendants("li"), li => li.Value == text);
        }
    }

    [Fact]
    public void What_is_not_defined_is_not_counted_as_missing()
    {
        var missing = Sections(Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of())), "missing").Single();
        Assert.Equal([2, 1], missing.Descendants("tbody").Select(body => body.Elements("tr").Count()));
        Assert.Contains(SummarySentences.Of(SampleFindings.Of()), point => point.Text.StartsWith("Something is missing at 2 places", StringComparison.Ordinal)
            && point.Text.Contains("At one place a figure is not defined", StringComparison.Ordinal));
    }

    [Fact]
    public void A_demo_is_announced_before_anything_else_and_a_real_run_is_not()
    {
        var demo = Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of(demo: true)));
        Assert.StartsWith("This is the demo: its model and prompts", demo.Descendants("header").Single().Value.TrimStart(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "demo",
            Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of())).Descendants("header").Single().Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_any_figure_still_gives_a_page()
    {
        var empty = SampleFindings.Of() with
        {
            Behavior = [],
            Internals = [],
            Peaks = [],
            Missing = [],
            Warnings = [],
            Examples = [],
            Scorers = [],
            Estimators = new Dictionary<string, string>(),
        };
        var page = Parse(Exporting.Text(Exporting.Html(), empty));
        Assert.Contains("neither scores nor probes", page.Descendants("main").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_made_the_chunks_is_put_together_and_a_damaged_note_is_passed_over()
    {
        string[] units =
        [
            "{\"machine\":\"a\",\"seconds\":1.5,\"batch_size\":null}",
            "{\"machine\":\"b<i>\",\"seconds\":2}",
            "{ broken",
            "{\"machine\":\"a\",\"seconds\":3}",
            "{\"seconds\":4}",
            "{\"seconds\":0.25}",
        ];
        var page = Parse(Exporting.Text(Exporting.Html(), SampleFindings.Of(), run =>
        {
            for (var chunk = 0; chunk < units.Length; chunk++)
            {
                Directory.CreateDirectory(run.EncodingFolder(chunk));
                File.WriteAllText(Path.Combine(run.EncodingFolder(chunk), "unit.json"), units[chunk]);
                File.WriteAllText(Path.Combine(run.EncodingFolder(chunk), "continuations.jsonl"), "");
            }
        }));
        var facts = page.Descendants("footer").Single().Descendants("dl").Single().Elements("div")
            .Select(fact => (fact.Element("dt")!.Value, fact.Element("dd")!.Value));
        Assert.Equal([("machine", "a; b<i>"), ("seconds", "0.25 to 4 over 5 chunks")], facts);
    }

    private static string WithoutMade(string page) => Regex.Replace(page, "<footer id=\"made\">.*</footer>", "", RegexOptions.Singleline);

    private static void WithTexts(RunFolder run)
    {
        Directory.CreateDirectory(run.EncodingFolder(0));
        JsonLines.WriteFile(
            Path.Combine(run.EncodingFolder(0), "continuations.jsonl"),
            [
                new Continuation
                {
                    PromptId = "p-1",
                    Number = 3,
                    Text = " you <i>know\u202E",
                    TokenIds = [1],
                    End = ContinuationEnd.Length,
                },
            ]);
    }

    // The parser is a strict XML reader: it stops at anything that is not well-formed or not allowed in XML.
    private static XElement[] Sections(XContainer page, params string[] ids) =>
        [.. page.Descendants("section").Where(section => ids.Contains((string?)section.Attribute("id")))];

    private static XDocument Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse, XmlResolver = null });
        return XDocument.Load(reader);
    }
}
