using System.IO.Compression;
using System.Text;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Probing;

public sealed class LabelFileTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("y.csv", "id,y\na,0.5\nb,\n")]
    [InlineData("y.txt", "id;y\na;0.5\nb;\n")]
    [InlineData("y.tsv", "id\ty\na\t0.5\nb\t\n")]
    [InlineData("y.json", "[{\"id\": \"a\", \"y\": 0.5}, {\"id\": \"b\", \"y\": null}]")]
    [InlineData("y.jsonl", "{\"id\": \"a\", \"y\": 0.5}\n{\"id\": \"b\"}\n")]
    public void Labels_are_read_in_every_form(string name, string content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(content));
        }

        foreach (var (file, bytes) in new[]
        {
            (name, Encoding.UTF8.GetBytes(content)),
            (name, [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(content)]),
            (name + ".gz", packed.ToArray()),
        })
        {
            File.WriteAllBytes(_temporary[file], bytes);
            var labels = LabelFile.Read(_temporary[file], ["y"], ["id"], words: false);
            Assert.Equal([0.5, double.NaN], labels.Of("y").Values);
            Assert.Equal(["a", "b"], labels.TextsOf("id"));
        }
    }

    // Empty lines between rows are rows; those at the end are rows where the vectors ask for them.
    [Theory]
    [InlineData("y\n0.5\n\n0.25\n", 3, new[] { 0.5, double.NaN, 0.25 })]
    [InlineData("y\n\n0.25\n", 2, new[] { double.NaN, 0.25 })]
    [InlineData("y\n0.5\n\n", 1, new[] { 0.5 })]
    [InlineData("y\n0.5\n\n", 2, new[] { 0.5, double.NaN })]
    [InlineData("y\n0.5\n\"\"\n", 2, new[] { 0.5, double.NaN })]
    public void An_empty_line_of_one_column_is_a_row_without_a_label(string content, int rows, double[] values)
    {
        File.WriteAllText(_temporary["y.csv"], content);
        var labels = LabelFile.Read(_temporary["y.csv"], ["y"], [], words: false);
        labels.Fit(rows);
        Assert.Equal(rows, labels.Rows);
        Assert.Equal(values, labels.Of("y").Values);
    }
}
