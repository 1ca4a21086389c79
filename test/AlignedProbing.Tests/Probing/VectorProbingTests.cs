using System.Globalization;
using AlignedProbing.Files;
using AlignedProbing.Probing.Vectors;
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
        File.WriteAllLines(
            _temporary["y.jsonl"],
            Enumerable
                .Range(0, Rows)
                .Select(row => string.Create(CultureInfo.InvariantCulture, $$"""{"prompt": {"tone": {{Label(row)}}}, "a.b": 1, "x": null}""")));
        var result = VectorProbing.Run(
            Options with
            {
                Labels = _temporary["y.jsonl"],
                Names = ["prompt.tone", "a.b"],
                Layers = [0, 2],
                Controls = ["randomization"],
            },
            null,
            TestContext.Current.CancellationToken);
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
        Assert.Equal("file-not-text", Code(Options with { Labels = _temporary["list.jsonl"] }));
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

    [Fact]
    public void Labels_that_are_not_finite_are_left_out_and_counted_and_a_cell_without_enough_of_them_has_its_reason()
    {
        WriteVectors([Rows, Width]);
        File.WriteAllLines(
            _temporary["y.csv"],
            [
                "tone,none,few,wide",
                .. Enumerable
                    .Range(0, Rows)
                    .Select(row =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{(row == 5 ? "NaN" : row == 6 ? "Infinity" : row == 7 ? "-Infinity" : row == 8 ? "" : Label(row))},," +
                            $"{(row < 11 ? Label(row) : "")},{(row % 2 == 0 ? "-1.5e308" : "1.5e308")}"
                        )),
            ]);
        var result = VectorProbing.Run(
            Options with
            {
                Names = ["tone", "none", "few", "wide"],
                Controls = ["randomization"],
            },
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(
            (4, Rows, Rows - 11, 0),
            (result.WithoutLabel["tone"], result.WithoutLabel["none"], result.WithoutLabel["few"], result.WithoutLabel["wide"]));
        Assert.Equal(Rows - 4, result.Runs.Where(run => run is { Label: "tone", Control: "none" }).Sum(run => run.Run!.Value.N));
        Assert.All(result.Runs.Where(run => run.Label is "none" or "few"), run => Assert.Equal((null, MissingReason.TooFewRows), (run.Run, run.Missing)));
        Assert.All(result.Runs.Where(run => run.Label == "wide"), run => Assert.Equal((null, MissingReason.NotFinite), (run.Run, run.Missing)));
        Assert.Equal(4 + 20 + 6, result.Runs.Count);
    }

    [Fact]
    public void One_class_alone_is_a_missing_cell_and_a_fold_with_one_class_has_a_reason()
    {
        WriteVectors([Rows, Width]);
        File.WriteAllLines(_temporary["y.csv"], ["one,rare", .. Enumerable.Range(0, Rows).Select(row => $"1,{(row == 17 ? 1 : 0)}")]);
        var result = VectorProbing.Run(Options with { Names = ["one", "rare"], Probe = "logistic" }, null, TestContext.Current.CancellationToken);
        var one = Assert.Single(result.Runs, run => run.Label == "one");
        Assert.Equal((null, MissingReason.Constant), (one.Run, one.Missing));
        var rare = result.Runs.Where(run => run.Label == "rare").ToArray();
        Assert.Equal(20, rare.Length);
        // The one row of the second class is tested in one fold of each seed; the others have no r, no F1 and no AUROC, but their reason.
        Assert.Equal(15, rare.Count(run => run is { Missing: MissingReason.Constant, Run: { R: null, MacroF1: null, Auroc: null, Accuracy: not null } }));
        Assert.Equal(5, rare.Count(run => run is { Missing: null, Run: { R: not null, MacroF1: not null, Auroc: not null } }));
    }

    [Theory]
    [InlineData("id,tone", "a,1", "b,2", "a,3", "c,4", "b,5")]
    [InlineData(
        "",
        """{"id": "a", "tone": 1}""",
        """{"id": "b", "tone": 2}""",
        """{"id": "a", "tone": 3}""",
        """{"id": 7, "tone": 4}""",
        """{"id": "b", "tone": 5}"""
    )]
    public void Ids_that_are_there_twice_are_named_with_their_rows(params string[] lines)
    {
        var labels = _temporary[lines[0].Length == 0 ? "y.jsonl" : "y.csv"];
        File.WriteAllLines(labels, lines.Where(line => line.Length > 0));
        AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, new float[10], 5, 2));
        var error = Assert.Throws<InputException>(() => VectorProbing.Run(Options with { Labels = labels, Id = "id" }, null, CancellationToken.None));
        Assert.Equal("labels-broken", error.Code);
        Assert.Contains("'a' (rows 1, 3), 'b' (rows 2, 5)", error.Message, StringComparison.Ordinal);
        // Not asked to be told apart, they are rows as others.
        Assert.Equal(MissingReason.TooFewRows, Assert.Single(VectorProbing.Run(Options with { Labels = labels }, null, CancellationToken.None).Runs).Missing);
    }

    [Fact]
    public void Ids_and_groups_are_there_in_every_row_and_a_header_names_each_column_once()
    {
        WriteVectors([Rows, Width]);
        Assert.Contains("row 2 has no 'id'", Message("y.csv", "id,tone\na,1\n,2\n", Options with { Id = "id" }), StringComparison.Ordinal);
        Assert.Contains(
            "line 2 has no 'of'",
            Message("y.jsonl", "{\"of\": \"a\", \"tone\": 1}\n{\"tone\": 1}\n", Options with { Group = "of" }),
            StringComparison.Ordinal);
        Assert.Contains("names 'tone' more than once", Message("y.csv", "tone,tone\n1,2\n", Options), StringComparison.Ordinal);
        Assert.Contains("it has no 'id'", Message("y.csv", "tone\n1\n", Options with { Id = "id" }), StringComparison.Ordinal);

        string Message(string name, string text, VectorProbingOptions options)
        {
            File.WriteAllText(_temporary[name], text);
            return Assert.Throws<InputException>(() => VectorProbing.Run(options with { Labels = _temporary[name] }, null, CancellationToken.None)).Message;
        }
    }

    [Fact]
    public void Rows_of_a_group_are_kept_within_one_fold()
    {
        WriteVectors([Rows, Width]);
        // 12 groups of five rows: each fold tests three whole groups. With 11 there are fewer than folds need.
        File.WriteAllLines(
            _temporary["y.csv"],
            [
                "tone,of,eleven",
                .. Enumerable.Range(0, Rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"{Label(row)},text {row % 12},{row % 11}")),
            ]);
        var runs = VectorProbing.Run(Options with { Group = "of" }, null, TestContext.Current.CancellationToken).Runs;
        Assert.All(runs, run => Assert.Equal(15, run.Run!.Value.N));
        Assert.All(runs, run => Assert.Equal(0, run.Run!.Value.TrainN % 5));
        Assert.Equal(
            MissingReason.TooFewRows,
            Assert.Single(VectorProbing.Run(Options with { Group = "eleven" }, null, TestContext.Current.CancellationToken).Runs).Missing);
    }

    [Fact]
    public void Words_for_labels_of_a_probe_of_numbers_and_more_classes_than_a_probe_takes_are_refused_with_what_can_be_done()
    {
        WriteVectors([Rows, Width]);
        WriteWords(["calm", "angry", "sad"]);
        Assert.Contains("--probe softmax, or --probe logistic where there are two", Message("linear"), StringComparison.Ordinal);
        Assert.Contains(
            "'mood' has 3 classes (angry, calm, sad) and the logistic probe tells 2 apart. Probe with --probe softmax",
            Message("logistic"),
            StringComparison.Ordinal);

        string Message(string probe) =>
            Assert.Throws<InputException>(() => VectorProbing.Run(Options with { Names = ["mood"], Probe = probe }, null, CancellationToken.None)).Message;
    }

    [Theory]
    [InlineData("logistic", "y.csv")]
    [InlineData("softmax", "y.csv")]
    [InlineData("softmax", "y.jsonl")]
    public void Two_words_are_two_classes_and_a_row_without_one_is_left_out_and_counted(string probe, string file)
    {
        WriteVectors([Rows, Width]);
        File.WriteAllLines(
            _temporary["y.csv"],
            [
                "id,mood",
                .. Enumerable
                    .Range(0, Rows)
                    .Select(row => $"{row},{(row == 3 ? "" : Label(row) > 0.3 ? "calm" : "\"very, angry\"")}"),
            ]);
        File.WriteAllLines(
            _temporary["y.jsonl"],
            Enumerable
                .Range(0, Rows)
                .Select(row => $$"""{"mood": {{(row == 3 ? "null" : Label(row) > 0.3 ? "\"calm\"" : "\"very, angry\"")}}}"""));
        var result = VectorProbing.Run(
            Options with
            {
                Labels = _temporary[file],
                Names = ["mood"],
                Probe = probe,
                Epochs = 600,
                Patience = 600,
                Standardise = true,
            },
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(1, result.WithoutLabel["mood"]);
        Assert.All(result.Runs, run => Assert.Equal(["calm", "very, angry"], run.Classes));
        Assert.Equal(Rows - 1, result.Runs.Where(run => run.Run!.Value.Seed == 0).Sum(run => run.Run!.Value.ClassN!.Sum()));
        Assert.InRange(result.Runs.Average(run => run.Run!.Value.Auroc!.Value), 0.8, 1);
        result.WriteCsv(_temporary["runs.csv"]);
        Assert.Contains(",\"calm:", File.ReadLines(_temporary["runs.csv"]).ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_saved_gives_the_predictions_again()
    {
        WriteVectors([3, Rows, Width]);
        WriteWords(["calm", "angry", "sad"]);
        VectorProbing.Run(
            Options with
            {
                Names = ["mood"],
                Probe = "softmax",
                Controls = ["randomization"],
                Seeds = [0, 1],
                Save = _temporary["kept"],
            },
            null,
            TestContext.Current.CancellationToken);
        var predictions = ProbePredictions.ReadCell(_temporary["kept/layer-01.softmax.predictions.npy"], 0);
        var probabilities = ProbeProbabilities.ReadCell(_temporary["kept/layer-01.softmax.probabilities.npy"], 0);
        var (weights, shape) = NpyFile.ReadAll(_temporary["kept/layer-01.softmax.directions.npy"]);
        Assert.Equal([4 * 2 * 3, Width], shape);
        using var vectors = NpyFile.Open(_temporary["x.npy"]);
        var vector = new float[Width];
        vectors.Read((Rows + 9) * Width, vector);
        var fold = (int)predictions.Folds(0)[9];
        using var cells = System.Text.Json.JsonDocument.Parse(File.ReadLines(_temporary["kept/layer-01.softmax.cells.jsonl"]).First());
        Assert.Equal(["angry", "calm", "sad"], cells.RootElement.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!));
        var lines = File.ReadLines(_temporary["kept/layer-01.softmax.directions.jsonl"])
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Index()
            .Where(line => line.Item.GetProperty("fold").GetInt32() == fold && line.Item.GetProperty("seed").GetInt32() == 1)
            .ToArray();
        Assert.Equal(
            [(0, "angry"), (1, "calm"), (2, "sad")],
            lines.Select(line => (line.Item.GetProperty("class").GetInt32(), line.Item.GetProperty("class_name").GetString()!)));
        double[] logits =
        [
            .. lines.Select(line =>
                line.Item.GetProperty("bias").GetDouble() + Enumerable.Range(0, Width).Sum(i => (double)weights[(line.Index * Width) + i] * vector[i])),
        ];
        for (var k = 0; k < 3; k++)
        {
            Assert.Equal(Math.Exp(logits[k]) / logits.Sum(Math.Exp), probabilities.Of(0, 1, k)[9], 1e-5);
        }

        Assert.Equal(Array.IndexOf(logits, logits.Max()), predictions.Predictions(0, 1)[9]);
        Assert.Equal(9 % 3 == 0 ? 1 : 9 % 3 == 1 ? 0 : 2, predictions.Labels(0)[9]);
    }

    [Fact]
    public void Online_codes_are_written_a_line_a_fold()
    {
        WriteVectors([Rows, Width]);
        WriteWords(["calm", "angry", "sad"]);
        var result = VectorProbing.Run(
            Options with
            {
                Names = ["mood"],
                Probe = "softmax",
                Seeds = [0],
                OnlineCoding = true,
            },
            null,
            TestContext.Current.CancellationToken);
        VectorProbingResult.WriteCodesCsv(_temporary["codes.csv"], [result]);
        var lines = File.ReadAllLines(_temporary["codes.csv"]);
        Assert.Equal("layer,label,probe,control,fold,seed,n,code,mean_code,frequency_code,compression", lines[0]);
        Assert.Equal(5, lines.Length);
        Assert.StartsWith(FormattableString.Invariant($"0,mood,softmax,none,0,0,36,"), lines[1], StringComparison.Ordinal);
        Assert.Equal(36 * Math.Log2(3), double.Parse(lines[1].Split(',')[8], CultureInfo.InvariantCulture), 1e-9);
    }

    private void WriteWords(string[] words) =>
        File.WriteAllLines(_temporary["y.csv"], ["mood", .. Enumerable.Range(0, Rows).Select(row => words[row % words.Length])]);

    private static float Label(int row) => 0.1f * (row % 7);

    private static float[] Values(int layers) =>
        [
            .. Enumerable
                .Range(0, layers * Rows)
                .SelectMany(place =>
                    Enumerable.Range(0, Width).Select(column => column == 2 ? Label(place % Rows) : 0.01f * ((place * 13 * (column + 1)) % 31))),
        ];

    private void WriteVectors(long[] shape) => AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, Values(shape.Length == 3 ? 3 : 1), shape));

    private void WriteCsv() =>
        File.WriteAllLines(
            _temporary["y.csv"],
            [
                "id,tone",
                .. Enumerable.Range(0, Rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"\"row, {row}\",{(row is 3 or 40 ? "" : Label(row))}")),
            ]);
}
