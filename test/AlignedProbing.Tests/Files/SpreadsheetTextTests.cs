using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;

namespace AlignedProbing.Tests.Files;

public sealed class SpreadsheetTextTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+toxicity", "'+toxicity")]
    [InlineData("-toxicity", "'-toxicity")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-0.25", "-0.25")]
    [InlineData("-1E-05", "-1E-05")]
    [InlineData("+1", "'+1")]
    [InlineData("toxicity", "toxicity")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "")]
    [InlineData("\u001b[31mred", "\uFFFD[31mred")]
    public void A_text_is_shown_and_not_computed(string text, string cell) => Assert.Equal(cell, SpreadsheetText.Guard(text));

    [Theory]
    [InlineData("=1+1")]
    [InlineData("-toxicity")]
    [InlineData("'quoted'")]
    [InlineData("plain")]
    public void What_was_guarded_is_read_back(string text) => Assert.Equal(text, SpreadsheetText.Unguard(SpreadsheetText.Guard(text)));

    [Fact]
    public void Every_field_of_a_table_passes_through_it()
    {
        var text = new StringBuilder();
        CsvText.Line(text, "=HYPERLINK(\"x\",\"y\")", "-0.5", "plain");
        Assert.Equal("\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",-0.5,plain\n", text.ToString());
    }
}
