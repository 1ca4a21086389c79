using System.Globalization;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Probing;

public sealed class VectorProbingTests : IDisposable
{
    private const int Rows = 60;
    private const int Width = 5;

    private readonly TemporaryFolder _temporary = new();

    private VectorProbingOptions Options => new() { Vectors = _temporary["x.npy"], Labels = _temporary["y.csv"], Names = ["tone"], Probe = "ridge" };

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void One_matrix_and_a_table_give_a_line_a_probe()
    {
        WriteVectors([Rows, Width]);
        WriteCsv();
        var result = VectorProbing.Run(Options, null, TestContext.Current.CancellationToken);
        result.WriteCsv(_temporary["runs.csv"]);
        var lines = File.ReadAllLines(_temporary["runs.csv"]);
        Assert.StartsWith("layer,label,probe,control,fold,seed,r,mse,epoch,n_train,n_test,", lines[0], StringComparison.Ordinal);
        Assert.Equal(5, lines.Length);
        Assert.Equal(["0", "tone", "ridge", "none", "0", "0"], lines[1].Split(',')[..6]);
        Assert.Equal(2, result.WithoutLabel["tone"]);
        Assert.Equal(Rows - 2, result.Runs.Sum(run => run.Run!.Value.N));
        Assert.All(result.Runs, run => Assert.InRange(run.Run!.Value.R!.Value, 0.9, 1));
    }

    [Fact]
    public void Layers_are_probed_each_and_JSON_fields_may_be_nested()
    {
        WriteVectors([3, Rows, Width]);
        File.WriteAllLines(_temporary["y.jsonl"], Enumerable.Range(0, Rows).Select(row => string.Create(CultureInfo.InvariantCulture, $$"""{"prompt": {"tone": {{Label(row)}}}, "a.b": 1, "x": null}""")));
        var result = VectorProbing.Run(Options with { Labels = _temporary["y.jsonl"], Names = ["prompt.tone", "a.b"], Layers = [0, 2], Controls = ["randomization"] }, null, TestContext.Current.CancellationToken);
        // Two layers: of the first label 4 runs and 20 of its control, of the constant one and its control a reason each.
        Assert.Equal(2 * (4 + 20 + 1 + 1), result.Runs.Count);
        Assert.All(result.Runs.Where(run => run.Label == "a.b"), run => Assert.Equal((null, MissingReason.Constant), (run.Run, run.Missing)));
        Assert.Equal([0, 2], result.Runs.Select(run => run.Layer).Distinct());
    }

    [Fact]
    public void The_same_vectors_in_half_precision_are_read()
    {
        WriteCsv();
        AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, Array.ConvertAll(Values(1), value => (Half)value), Rows, Width));
        Assert.All(VectorProbing.Run(Options, null, TestContext.Current.CancellationToken).Runs, run => Assert.InRange(run.Run!.Value.R!.Value, 0.9, 1));
    }

    [Fact]
    public void Vectors_that_are_not_finite_are_left_out_and_counted()
    {
        WriteCsv();
        var values = Values(1);
        values[(10 * Width) + 1] = float.NaN;
        values[11 * Width] = float.PositiveInfinity;
        AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, values, Rows, Width));
        var result = VectorProbing.Run(Options, null, TestContext.Current.CancellationToken);
        Assert.Equal(2, result.NotFinite);
        Assert.Equal(Rows - 4, result.Runs.Sum(run => run.Run!.Value.N));
    }

    [Fact]
    public void Every_fault_has_its_name()
    {
        WriteVectors([Rows, Width]);
        WriteCsv();
        Assert.Equal("wrong-usage", Code(Options with { Vectors = _temporary["none.npy"], Probe = "x" }));
        Assert.Equal("wrong-usage", Code(Options with { Layers = [1] }));
        Assert.Equal("labels-broken", Code(Options with { Names = ["tune"] }));
        File.WriteAllText(_temporary["short.csv"], "tone\n1\n2\n");
        Assert.Equal("vectors-labels-differ", Code(Options with { Labels = _temporary["short.csv"] }));
        File.WriteAllText(_temporary["word.csv"], "tone\nhigh\n");
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["word.csv"] }));
        File.WriteAllText(_temporary["list.jsonl"], "[1]\n");
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["list.jsonl"] }));
        File.WriteAllText(_temporary["text.jsonl"], "{\"tone\": \"1\"}\n");
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["text.jsonl"] }));
        File.WriteAllBytes(_temporary["latin.csv"], [.. "tone,caf"u8, 0xE9, .. "\n1,2\n"u8]);
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["latin.csv"] }));
        File.WriteAllBytes(_temporary["latin.jsonl"], [.. "{\"caf"u8, 0xE9, .. "\": 1, \"tone\": 1}\n"u8]);
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["latin.jsonl"] }));
        File.WriteAllText(_temporary["long.jsonl"], $"{{\"tone\": 1{new string(' ', 1 << 24)}}}\n");
        Assert.Equal("labels-broken", Code(Options with { Labels = _temporary["long.jsonl"] }));
        WriteVectors([Rows * Width]);
        Assert.Equal("vectors-shape", Code(Options));

        static string Code(VectorProbingOptions options) => Assert.Throws<InputException>(() => VectorProbing.Run(options, null, CancellationToken.None)).Code;
    }

    private static float Label(int row) => 0.1f * (row % 7);

    private static float[] Values(int layers) =>
        [.. Enumerable.Range(0, layers * Rows).SelectMany(place => Enumerable.Range(0, Width).Select(column => column == 2 ? Label(place % Rows) : 0.01f * ((place * 13 * (column + 1)) % 31)))];

    private void WriteVectors(long[] shape) => AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, Values(shape.Length == 3 ? 3 : 1), shape));

    private void WriteCsv() =>
        File.WriteAllLines(_temporary["y.csv"], ["id,tone", .. Enumerable.Range(0, Rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"\"row, {row}\",{(row is 3 or 40 ? "" : Label(row))}"))]);
}
