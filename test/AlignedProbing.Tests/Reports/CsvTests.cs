using AlignedProbing.Reports.Tables;

namespace AlignedProbing.Tests.Reports;

public class CsvTests
{
    [Fact]
    public void Headings_begin_with_the_agreed_columns()
    {
        var findings = SampleFindings.Of();
        Assert.StartsWith("scorer,attribute,subset,metric,value,low,high,n,missing,", Exporting.Text(new BehaviorCsv(), findings), StringComparison.Ordinal);
        Assert.StartsWith(
            "probe,control,scenario,attribute,layer,r,low,high,mse,n,runs,",
            Exporting.Text(new InternalsCsv(), findings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_row_of_the_findings_is_a_line()
    {
        var findings = SampleFindings.Of();
        Assert.Equal(findings.Behavior.Count + 1, Exporting.Text(new BehaviorCsv(), findings).Count(c => c == '\n'));
        Assert.Equal(findings.Internals.Count + 1, Exporting.Text(new InternalsCsv(), findings).Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("")]
    [InlineData("de-DE")]
    [InlineData("fa-IR")]
    public void Numbers_are_written_alike_under_every_culture_and_read_back_exactly(string culture)
    {
        var cell = SampleFindings.Of().Internals[0] with { R = -1.0 / 3, Low = -2e-9, High = 0.25, Mse = 1e-7, N = 1234 };
        var findings = SampleFindings.Of() with { Internals = [cell] };
        var lines = Exporting.Under(culture, () => Exporting.Text(new InternalsCsv(), findings)).Split('\n');
        Assert.StartsWith(
            "linear,none,input,toxicity,0,-0.3333333333333333,-2E-09,0.25,1E-07,1234,20,ngram,0,,,prompts-within-folds,",
            lines[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_figure_is_an_empty_field_with_its_reason_behind_and_never_0()
    {
        var missing = SampleFindings.Of().Internals.First(row => row.R is null);
        var line = Exporting.Text(new InternalsCsv(), SampleFindings.Of() with { Internals = [missing] }).Split('\n')[1];
        Assert.Equal("linear,none,output,length,0,,,,,397,0,ngram,20,constant,constant:20", line.TrimEnd(','));
    }

    [Fact]
    public void Separators_quotes_and_line_ends_in_names_are_quoted()
    {
        var row = SampleFindings.Of().Behavior[0] with { Attribute = "a,\"b\"\nc", Value = null, Low = null, High = null, Reason = "refused" };
        var text = Exporting.Text(new BehaviorCsv(), SampleFindings.Of() with { Behavior = [row] });
        Assert.Contains(
            "ngram,\"a,\"\"b\"\"\nc\",all,EMT,,,,371,29,25,refused,incomplete_continuations:29,bootstrap-percentile\n",
            text,
            StringComparison.Ordinal);
    }
}
