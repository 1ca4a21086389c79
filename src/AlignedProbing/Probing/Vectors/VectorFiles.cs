using System.Globalization;
using System.Text.Json.Serialization;
using AlignedProbing.Files;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Vectors;

/// <summary>
/// What is kept of probes of a person's own vectors, a layer of a probe at a time, in files named as <c>layer-06.softmax.predictions.npy</c>
/// (docs/reference/probing.md, "Vectors of your own"): out-of-fold predictions in the form of <see cref="ProbePredictions"/>, probabilities in that of
/// <see cref="ProbeProbabilities"/>, which cell is which, and the directions.
/// </summary>
internal static class VectorFiles
{
    public static void Write(string folder, string probe, int layer, int rows, IReadOnlyList<(string Label, string Control, StudyCell Result)> cells)
    {
        Directory.CreateDirectory(folder);
        var prefix = Path.Combine(folder, $"layer-{layer.ToString("00", CultureInfo.InvariantCulture)}.{probe}");
        WritePredictions(prefix, rows, [.. cells.Select(cell => cell.Result)]);
        VectorDirection[] directions =
        [
            .. cells
                .Where(cell => cell.Control == "none" && cell.Result.Missing is null)
                .SelectMany(cell => VectorDirection.Of(cell.Label, layer, cell.Result)),
        ];
        if (directions.Length > 0)
        {
            AtomicWrite.File($"{prefix}.directions.npy", stream =>
                NpyFile.Write(stream, directions.SelectMany(direction => direction.Weights).ToArray(), directions.Length, directions[0].Weights.Length));
            JsonLines.WriteFile($"{prefix}.directions.jsonl", directions);
        }

        JsonLines.WriteFile(
            $"{prefix}.cells.jsonl",
            cells.Select(cell => new VectorCell(
                cell.Label,
                cell.Control,
                [.. cell.Result.Runs.Select(run => run.Seed).Distinct()],
                cell.Result.Classes,
                cell.Result.Missing)));
    }

    private static void WritePredictions(string prefix, int rows, StudyCell[] cells)
    {
        var seeds = Math.Max(1, cells.Max(cell => cell.Predictions.Length));
        var predictions = new ProbePredictions(cells.Length, seeds, rows);
        var classes = cells.Max(cell => cell.Probabilities.Length == 0 ? 0 : cell.Classes.Count);
        var probabilities = new ProbeProbabilities(cells.Length, seeds, classes, rows);
        foreach (var (index, cell) in cells.Index())
        {
            Spread(cell.Rows, cell.Labels, predictions.Labels(index));
            Spread(cell.Rows, Array.ConvertAll(cell.Folds, fold => (float)fold), predictions.Folds(index));
            for (var seed = 0; seed < cell.Predictions.Length; seed++)
            {
                Spread(cell.Rows, cell.Predictions[seed], predictions.Predictions(index, seed));
            }

            foreach (var (seed, ofSeed) in cell.Probabilities.Index())
            {
                foreach (var (number, ofClass) in ofSeed.Index())
                {
                    Spread(cell.Rows, ofClass, probabilities.Of(index, seed, number));
                }
            }
        }

        predictions.Write($"{prefix}.predictions.npy");
        if (classes > 0)
        {
            probabilities.Write($"{prefix}.probabilities.npy");
        }
    }

    private static void Spread(int[] rows, float[] values, Span<float> plane)
    {
        for (var i = 0; i < values.Length; i++)
        {
            plane[rows[i]] = values[i];
        }
    }

    private sealed record VectorCell(string Label, string Control, IReadOnlyList<int> Seeds, IReadOnlyList<string> Classes, string? Missing);

    private sealed record VectorDirection(
        string Label,
        int Layer,
        int Fold,
        int Seed,
        int? Class,
        string? ClassName,
        double Bias,
        double LabelLow,
        double LabelHigh)
    {
        [JsonIgnore]
        public float[] Weights { get; init; } = [];

        public static IEnumerable<VectorDirection> Of(string label, int layer, StudyCell cell) =>
            cell
                .Runs.Zip(cell.Directions)
                .SelectMany(pair =>
                    pair.Second.Index()
                        .Where(direction => double.IsFinite(direction.Item.Bias))
                        .Select(direction =>
                        {
                            var several = pair.Second.Count > 1;
                            return new VectorDirection(
                                label,
                                layer,
                                pair.First.Fold,
                                pair.First.Seed,
                                several ? direction.Index : null,
                                several ? cell.Classes[direction.Index] : null,
                                direction.Item.Bias,
                                cell.LabelRange.Low,
                                cell.LabelRange.High)
                            {
                                Weights = direction.Item.Weights,
                            };
                        }));
    }
}
