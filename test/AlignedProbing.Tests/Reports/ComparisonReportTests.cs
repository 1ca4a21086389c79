using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using AlignedProbing.Files;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;
using CsvHelper;

namespace AlignedProbing.Tests.Reports;

public class ComparisonReportTests
{
    private const string Hostile = "\"'><script>alert('x')</script>&amp; | \u202Egnp\u0007\u0000\uFFFE ]]>";

    [Fact]
    public void The_page_is_well_formed_loads_nothing_and_its_ids_are_unique_and_there()
    {
        var text = Html(SampleComparison.Make());
        var page = Parse(text);
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        var referenced = page.Descendants()
            .Attributes()
            .Where(attribute =>
                attribute.Name.LocalName is "aria-labelledby" or "for" or "data-table"
                || (attribute.Name.LocalName == "href" && attribute.Value.StartsWith('#')))
            .SelectMany(attribute => attribute.Value.TrimStart('#').Split(' '))
            .ToArray();
        Assert.NotEmpty(referenced);
        Assert.Empty(referenced.Except(ids));
        Assert.DoesNotMatch(new Regex("https?:|//[a-z]|@import|url\\((?!#)", RegexOptions.IgnoreCase), Regex.Replace(text, "(?m)^\\s*// .*$", ""));
        Assert.All(page.Descendants().Attributes("href"), href => Assert.StartsWith("#", href.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_says_what_differs_what_was_found_and_what_was_not_compared()
    {
        var page = Parse(Html(SampleComparison.Make()));
        var words = page.Root!.Value.Replace('\u00A0', ' ').Replace("\u2060", "", StringComparison.Ordinal);
        Assert.Contains("2 runs against full", words, StringComparison.Ordinal);
        Assert.Contains("EMT of 5 for toxicity goes from .40 to .50, +.10 [.05, .15] on 100 prompts (corrected p .002)", words, StringComparison.Ordinal);
        Assert.Contains("(corrected p .40: this sample does not show a difference)", words, StringComparison.Ordinal);
        Assert.Contains("differs in Input at 2 of 3 layers (1–2), elsewhere nowhere", words, StringComparison.Ordinal);
        Assert.Contains("four_bit differs at 2 of 3 layers after correction", words, StringComparison.Ordinal);
        Assert.Contains("too few for a correlation over runs", words, StringComparison.Ordinal);
        var made = page.Descendants("section").Single(section => (string?)section.Attribute("id") == "how-made").Descendants("table").First().Value;
        Assert.Contains("model.precision", made, StringComparison.Ordinal);
        Assert.DoesNotContain("model.name", made, StringComparison.Ordinal);
        Assert.Contains(
            "probe mlp",
            page.Descendants("section").Single(section => (string?)section.Attribute("id") == "left-out").Value,
            StringComparison.Ordinal);
        // What stands after correction is bold: one figure of behaviour.
        Assert.Single(page.Descendants("section").Single(section => (string?)section.Attribute("id") == "behaviour").Descendants("strong"), element =>
            element.Value == "+.10 [.05, .15]");
        // A chart of strengths and one of differences for each of the two scenarios.
        Assert.Equal(4, page.Descendants("svg").Count(svg => ((string?)svg.Attribute("class"))!.Contains("lines", StringComparison.Ordinal)));
        Assert.Equal(2, page.Descendants("svg").Count(svg => ((string?)svg.Attribute("class"))!.Contains("scatter", StringComparison.Ordinal)));
    }

    [Fact]
    public void Scores_that_are_the_same_for_every_prompt_are_said_to_be_and_properties_that_differ_are_told()
    {
        var sample = SampleComparison.Make();
        var perplexity = sample.Differences[0] with
        {
            Kind = "texts",
            Scorer = BehaviorFinding.Texts,
            Attribute = "perplexity",
            Metric = "corpus",
            Subset = "all",
            BaselineValue = 53.25,
            RunValue = 69.11,
            Difference = 15.86,
            Low = 14.8,
            High = 16.97,
        };
        var findings = sample with
        {
            Differences =
            [
                .. sample.Differences.Select(row => row.Kind == "behavior" ? row with { Difference = 0, Low = 0, High = 0, AdjustedP = 1 } : row),
                perplexity,
            ],
        };
        var words = Parse(Html(findings)).Root!.Value.Replace('\u00A0', ' ');
        Assert.Contains(
            "The continuations' scores by ngram are the same for every prompt. Of the texts' properties, after correction: perplexity goes from 53.25 to " +
            "69.11 (+15.86 [14.80, 16.97]).",
            words,
            StringComparison.Ordinal);
        Assert.Contains(ComparisonTable.Of(findings), table => table.Rows.Any(row => row[1] == "perplexity" && row[2] == "53.25 → 69.11"));
        Assert.Contains(
            "| perplexity | 100 | 53.25 → 69.11, +15.86 [14.80, 16.97], p .002 (stands) |",
            Text(ComparisonMarkdown.Write, findings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_are_shown_and_do_nothing()
    {
        var sample = SampleComparison.Make();
        var findings = sample with
        {
            Runs = [.. sample.Runs.Select(run => run with { Model = Hostile, Changed = [Hostile] })],
            Facts = [new ComparedFact(Hostile, [Hostile, null, "x"])],
            Figures = [.. sample.Figures.Select(row => row with { Attribute = Hostile, Scorer = Hostile, Probe = row.Probe is null ? null : Hostile })],
            Differences = [.. sample.Differences.Select(row => row with { Attribute = Hostile, Scorer = Hostile, Probe = row.Probe is null ? null : Hostile })],
            Relations = [.. sample.Relations.Select(row => row with { Attribute = Hostile, Scorer = Hostile, Probe = Hostile })],
            LeftOut = [new LeftOut(Hostile, Hostile)],
            Warnings = [Hostile],
        };
        var text = Html(findings);
        Assert.Single(Parse(text).Descendants("script"));
        Assert.Contains("⟨U+202E⟩", text, StringComparison.Ordinal);
        Assert.All(['\u202E', '\u0007', '\u0000', '\uFFFE'], harmful => Assert.DoesNotContain(harmful, text));
        var markdown = Text(ComparisonMarkdown.Write, findings);
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
        Assert.All(markdown.Split('\n').Where(line => line.StartsWith("| &quot;", StringComparison.Ordinal)), line =>
            Assert.Equal(line, line.Replace("</script>", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("fa-IR")]
    public void Every_form_is_the_same_under_every_culture(string culture)
    {
        var findings = SampleComparison.Make();
        foreach (
            var write in new Action<ComparisonFindings, Stream>[]
            {
                ComparisonCsv.Write,
                ComparisonMarkdown.Write,
                (found, stream) => ComparisonPage.Write(found, stream, new Noon()),
            })
        {
            Assert.Equal(Text(write, findings), Exporting.Under(culture, () => Text(write, findings)));
        }
    }

    [Fact]
    public void The_table_has_a_row_a_difference_that_reads_back_as_the_same_numbers()
    {
        var findings = SampleComparison.Make();
        using var reader = new CsvReader(new StringReader(Text(ComparisonCsv.Write, findings)), CultureInfo.InvariantCulture);
        var rows = reader.GetRecords<dynamic>().Cast<IDictionary<string, object>>().ToArray();
        Assert.Equal(findings.Differences.Count, rows.Length);
        foreach (var (row, difference) in rows.Zip(findings.Differences))
        {
            Assert.Equal(difference.Difference, double.Parse((string)row["estimate"], CultureInfo.InvariantCulture));
            Assert.Equal(
                (difference.Run, difference.Attribute, difference.N.ToString(CultureInfo.InvariantCulture), "no"),
                ((string)row["run"], (string)row["attribute"], (string)row["n"], (string)row["across_scorers"]));
            Assert.Equal(difference.Layer?.ToString(CultureInfo.InvariantCulture) ?? "", (string)row["layer"]);
        }
    }

    [Fact]
    public void Unlike_scorers_are_labelled_in_every_form()
    {
        var sample = SampleComparison.Make();
        var findings = sample with
        {
            AcrossScorers = true,
            Figures = [.. sample.Figures.Select(row => row with { Scorer = "ngram / given" })],
            Differences = [.. sample.Differences.Select(row => row with { Scorer = "ngram / given" })],
        };
        Assert.Contains("Scored by ngram / given: unlike scorers", Html(findings), StringComparison.Ordinal);
        Assert.Contains("Behaviour by ngram / given", Text(ComparisonMarkdown.Write, findings), StringComparison.Ordinal);
        Assert.All(Text(ComparisonCsv.Write, findings).TrimEnd().Split('\n').Skip(1), line => Assert.Contains(",yes,", line, StringComparison.Ordinal));
        Assert.Contains("ngram / given", ComparisonTable.Of(findings)[1].Title, StringComparison.Ordinal);
    }

    [Fact]
    public void The_terminal_marks_what_stands_after_correction()
    {
        var tables = ComparisonTable.Of(SampleComparison.Make());
        Assert.Equal(["full", "(the baseline)"], [tables[0].Rows[0][0], tables[0].Rows[0][3]]);
        Assert.Equal(["four_bit", "toxicity", ".40 → .50", "+.10 [.05, .15] *"], tables[1].Rows[0].Take(4));
        Assert.DoesNotContain("*", tables[1].Rows[1][3], StringComparison.Ordinal);
        Assert.Contains(tables[2].Rows, row => row[2] == "Input" && row[5] == "2 of 3: 1–2");
    }

    [Fact]
    public void Files_are_written_whole_into_a_folder_that_need_not_be_there()
    {
        using var temporary = new TemporaryFolder();
        var paths = ComparisonReports.WriteAll(SampleComparison.Make(), temporary["a/b"]);
        Assert.Equal(
            ["comparison.csv", "comparison.html", "comparison.md"],
            Directory.EnumerateFiles(temporary["a/b"]).Select(path => Path.GetFileName(path)).Order());
        Assert.All(paths, path => Assert.True(new FileInfo(path).Length > 0));
    }

    [Theory]
    [InlineData(0.1, "+.10")]
    [InlineData(-0.1, "−.10")]
    [InlineData(0.001, ".00")]
    [InlineData(-0.001, ".00")]
    public void Differences_have_their_sign_and_nothing_has_none(double value, string expected) =>
        Assert.Equal(expected, ComparisonView.Signed(value, NumberText.Unit));

    [Theory]
    [InlineData(0.0001, "< .001")]
    [InlineData(0.0123, ".012")]
    [InlineData(0.5, ".50")]
    [InlineData(1.0, "1.00")]
    public void P_has_as_many_digits_as_it_needs(double p, string expected) => Assert.Equal(expected, ComparisonView.P(p));

    [Fact]
    public void A_narrow_interval_has_three_decimals()
    {
        var row = SampleComparison.Make().Differences[0] with { Difference = -0.004, Low = -0.012, High = 0.0041 };
        Assert.Equal("−.004 [−.012, .004]", ComparisonView.Text(row));
        Assert.Equal(
            "−0.50 [−1.00, 0.25]",
            ComparisonView.Text(row with { Kind = "texts", Attribute = "perplexity", Difference = -0.5, Low = -1, High = 0.25 }));
    }

    [Theory]
    [InlineData(-0.06, 0.06, 7)]
    [InlineData(-0.1, 0.1, 5)]
    [InlineData(-0.2, 0.2, 5)]
    [InlineData(0, 0.4, 5)]
    [InlineData(-1, 1, 11)]
    public void Axes_have_a_few_round_ticks(double low, double high, int count)
    {
        var ticks = Ticks.Unit(low, high);
        Assert.Equal(count, ticks.Count);
        Assert.Contains(0.0, ticks);
        Assert.All(ticks, tick => Assert.InRange(tick, low, high));
    }

    private static string Html(ComparisonFindings findings) => Text((found, stream) => ComparisonPage.Write(found, stream, new Noon()), findings);

    private static string Text(Action<ComparisonFindings, Stream> write, ComparisonFindings findings)
    {
        using var stream = new MemoryStream();
        write(findings, stream);
        return AtomicWrite.Utf8.GetString(stream.ToArray());
    }

    private static XDocument Parse(string text)
    {
        using var reader = XmlReader.Create(
            new StringReader(text.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)),
            new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XDocument.Load(reader);
    }

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    }
}
