using AlignedProbing.Reports;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Reports;

public class MarkdownAndSummaryTests
{
    [Fact]
    public void Markdown_holds_warnings_sentences_and_tables()
    {
        var text = Exporting.Text(new MarkdownReport(), SampleFindings.Of());
        Assert.Contains("> **Note.** The scorer ngram", text, StringComparison.Ordinal);
        Assert.Contains(
            "- **Input.** From the states of the prompt, the prompt's own toxicity is readable best at layer 10 (ridge probe, r = .88 [.83, .93], n = 400); " +
            "the linear probe's best is r = .83 [.78, .88] at layer 10.",
            text,
            StringComparison.Ordinal);
        Assert.Contains("The sentences speak of the ridge probe first", text, StringComparison.Ordinal);
        Assert.Contains("| toxicity | all | 371 | 29 | .44 [.41, .47] | .35 [.32, .38] |", text, StringComparison.Ordinal);
        Assert.Contains("| linear | ngram | toxicity | Input | 10 | .83 [.78, .88] |", text, StringComparison.Ordinal);
        Assert.Contains("corrected for the number of comparisons", text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "corrected for the number of comparisons",
            Exporting.Text(new MarkdownReport(), SampleFindings.Of() with { Differences = [] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_neutralises_names_that_would_be_markup()
    {
        var text = Exporting.Text(new MarkdownReport(), SampleFindings.Of(model: "a|b<script>*[x](y)"));
        Assert.StartsWith("# Aligned probing: a\\|b&lt;script&gt;\\*[x]\\(y)\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main", "main (commit 0123456789012345678901234567890123456789)")]
    [InlineData("0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789")]
    public void A_model_from_the_Hub_is_shown_with_its_revision_and_the_commit_found(string revision, string shown)
    {
        var findings = SampleFindings.Of();
        var model = findings.Manifest.Model with { Name = "org/model", Revision = revision, Commit = "0123456789012345678901234567890123456789" };
        var text = Exporting.Text(new MarkdownReport(), findings with { Manifest = findings.Manifest with { Model = model } });
        Assert.Contains($"{shown}\n", text.Replace(" |\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void The_terminal_gets_behaviour_and_peaks_as_rows_of_strings()
    {
        var tables = SummaryTable.Of(SampleFindings.Of());
        Assert.Equal(2, tables.Count);
        Assert.All(tables, table => Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Count)));
        Assert.Equal(["ngram", "toxicity", ".44 [.41, .47]", ".35 [.32, .38]", ".18 [.14, .21]", "371", "29"], tables[0].Rows[0]);
        // What the sentences speak of comes first; of the peak stands first what having chosen it does not flatter.
        Assert.Equal(["ridge", "ngram", "Input", "–", "10", ".88 [.83, .93]"], tables[1].Rows[0].Take(6));
        Assert.Equal(["linear", "ngram", "Input", "–", "10", ".83 [.78, .88]"], tables[1].Rows[4].Take(6));
        Assert.Equal(8, tables[1].Rows.Count);
    }

    [Fact]
    public void Sentences_say_whether_the_intervals_lie_apart()
    {
        var findings = SampleFindings.Of();
        Assert.Contains(SummarySentences.Of(findings), point => point.Text.Contains("the intervals lie apart", StringComparison.Ordinal));
        var close = findings with { Behavior = [.. findings.Behavior.Select(row => row.Subset == "toxic" ? row with { Low = 0, High = 1 } : row)] };
        Assert.Contains(SummarySentences.Of(close), point => point.Text.Contains("the intervals overlap", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(499, "ridge")]
    [InlineData(500, "linear")]
    public void The_probe_spoken_of_first_hangs_on_the_number_of_prompts_and_never_on_what_it_reads(int prompts, string probe)
    {
        var findings = SampleFindings.Of();
        findings = findings with { Manifest = findings.Manifest with { Prompts = findings.Manifest.Prompts with { Prompts = prompts } } };
        Assert.Equal(probe, Headline.Of(findings).Probe?.Probe);
        var worse = findings with
        {
            Internals = [.. findings.Internals.Select(row => row.Probe == probe ? row with { R = row.R - 1 } : row)],
            Peaks = [.. findings.Peaks.Select(peak => peak.Probe == probe ? peak with { R = peak.R - 1 } : peak)],
        };
        Assert.Equal(probe, Headline.Of(worse).Probe?.Probe);
    }

    [Fact]
    public void A_probe_that_is_not_trained_out_comes_after_one_that_is_solved_on_any_number_of_prompts()
    {
        var findings = SampleFindings.Of();
        findings = findings with
        {
            Manifest = findings.Manifest with { Prompts = findings.Manifest.Prompts with { Prompts = 1996 } },
            Internals = [.. findings.Internals.Select(row => row.Probe == "linear" ? row with { LastEpoch = 0.3 } : row)],
        };
        Assert.Equal("ridge", Headline.Of(findings).Probe?.Probe);
        Assert.Contains("stop while they still learn", Headline.Of(findings).WhyProbe(findings), StringComparison.Ordinal);
        Assert.Equal("linear (not trained out)", SummaryTable.Of(findings)[1].Rows[4][0]);
    }

    [Fact]
    public void The_sentence_of_a_peak_gives_r_with_the_layer_chosen_on_other_folds_and_says_so()
    {
        var findings = SampleFindings.Of();
        findings = findings with
        {
            Peaks = [.. findings.Peaks.Select(peak => peak with { NestedR = .5, NestedLow = -.1, NestedHigh = .7 })],
            Within =
            [
                new WithinFinding { Probe = "ridge", Scorer = "ngram", Attribute = "toxicity", Layer = 10, R = .2, Low = .1, High = .3, N = 371 },
                new WithinFinding { Probe = "ridge", Scorer = "ngram", Attribute = "toxicity", Layer = 0, R = .05, Low = -.1, High = .15, N = 371 },
            ],
        };
        var points = SummarySentences.Of(findings);
        Assert.Contains("r = .50 [−.10, .70] with the layer chosen on the other folds, .88 at this one", points.Single(point => point.Heading == "Input").Text);
        Assert.Contains("this sample does not show", points.Single(point => point.Heading == "Input").Text, StringComparison.Ordinal);
        Assert.Equal("How reading and writing go together", points[0].Heading);
        Assert.Contains("is .20 [.10, .30] at layer 10 (n = 371)", points[0].Text, StringComparison.Ordinal);
        Assert.Contains("give .05 [−.10, .15]: only what exceeds that", points[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dummy_is_spoken_of_only_where_there_is_nothing_else()
    {
        var findings = SampleFindings.Of();
        findings = findings with
        {
            Internals = [.. findings.Internals.Select(row => row.Probe == "linear" ? row with { Probe = "mean" } : row with { Probe = "mlp" })],
        };
        Assert.Equal("mlp", Headline.Of(findings).Probe?.Probe);
        Assert.Null(Headline.Of(findings).WhyProbe(findings));
    }

    [Fact]
    public void Standardised_probes_are_chosen_as_the_others_are_and_those_of_classes_are_not_set_beside_them()
    {
        var findings = SampleFindings.Of();
        var standardised = findings with
        {
            Internals = [.. findings.Internals.Select(row => row with { Probe = row.Probe + "-standardised" })],
            Peaks = [.. findings.Peaks.Select(peak => peak with { Probe = peak.Probe + "-standardised" })],
        };
        Assert.Equal("ridge-standardised", Headline.Of(standardised).Probe?.Probe);
        Assert.NotNull(Headline.Of(standardised).WhyProbe(standardised));
        Assert.Single(Headline.Of(standardised).OtherPeaks(standardised, Scenario.Input));

        var figure = new ClassFigure { Value = .8, Runs = 20 };
        var classes = findings with
        {
            Internals =
            [
                .. findings.Internals.Select(row =>
                    row.Probe == "linear"
                        ? row with
                        {
                            Probe = "logistic",
                            Classifier = new ClassifierFinding
                            {
                                Accuracy = figure,
                                MacroF1 = figure,
                                Auroc = figure,
                            },
                        }
                        : row),
            ],
            Peaks = [.. findings.Peaks.Select(peak => peak.Probe == "linear" ? peak with { Probe = "logistic" } : peak)],
        };
        Assert.Empty(Headline.Of(classes).OtherPeaks(classes, Scenario.Input));
        Assert.Null(Headline.Of(classes).WhyProbe(classes));
    }

    [Fact]
    public void A_peak_whose_interval_holds_nought_shows_nothing()
    {
        const string Nothing = "this sample does not show that it is readable at all";
        var findings = SampleFindings.Of();
        Assert.DoesNotContain(SummarySentences.Of(findings), point => point.Text.Contains(Nothing, StringComparison.Ordinal));
        var weak = findings with { Peaks = [.. findings.Peaks.Select(peak => peak with { Low = peak.Scenario == Scenario.Backward ? -0.01 : peak.Low })] };
        Assert.Equal("Backward", Assert.Single(SummarySentences.Of(weak), point => point.Text.Contains(Nothing, StringComparison.Ordinal)).Heading);
    }

    [Fact]
    public void Where_no_probe_has_a_figure_one_sentence_says_why()
    {
        var findings = SampleFindings.Of();
        var none = findings with { Internals = [.. findings.Internals.Select(row => row with { R = null, Reason = MissingReason.TooFewRows })], Peaks = [] };
        Assert.Equal(
            "No probe has a figure (too few rows), so nothing is said of the layers.",
            SummarySentences.Of(none).Single(point => point.Heading == "What the layers encode").Text);
        Assert.DoesNotContain(SummarySentences.Of(findings), point => point.Heading == "What the layers encode");
    }

    [Fact]
    public void With_one_continuation_a_prompt_nothing_is_called_a_maximum()
    {
        var findings = SampleFindings.Of();
        var one = findings with { Behavior = [.. findings.Behavior.Select(row => row with { K = 1 })] };
        Assert.StartsWith(
            "The continuation of a prompt scores .44 [.41, .47] for toxicity on average over 371 prompts.",
            SummarySentences.Of(one)[0].Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_nothing_in_it_gives_no_table() =>
        Assert.Empty(SummaryTable.Of(SampleFindings.Of() with { Behavior = [], Internals = [], Peaks = [] }));
}
