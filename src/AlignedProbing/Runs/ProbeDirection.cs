using AlignedProbing.Files;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs;

/// <summary>
/// A fitted probe as a direction in the space of a layer's hidden states: a line of <c>layer-06.directions.jsonl</c>, whose weights are the row of the same
/// number in <c>layer-06.directions.npy</c>, float32 <c>[directions, width]</c>. It applies to raw vectors as they are in the run's encodings, however the
/// probe's features were scaled.
/// </summary>
public sealed record ProbeDirection
{
    /// <summary>Layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute that is predicted.</summary>
    public required string Attribute { get; init; }

    /// <summary>The fold whose rows it did not see.</summary>
    public required int Fold { get; init; }

    /// <summary>The seed; 0 for probes without randomness.</summary>
    public required int Seed { get; init; }

    /// <summary>Of a classifier of more than two classes the class, from 0; null otherwise.</summary>
    public int? Class { get; init; }

    /// <summary>The name of that class; null otherwise.</summary>
    public string? ClassName { get; init; }

    /// <summary>The bias: what is predicted on the scale of min-max scaled labels (of a classifier: the logit) is bias + weights · vector.</summary>
    public required double Bias { get; init; }

    /// <summary>The label that is 0 on that scale.</summary>
    public required double LabelLow { get; init; }

    /// <summary>The label that is 1.</summary>
    public required double LabelHigh { get; init; }

    /// <summary>The weights, in the order of a hidden state's numbers; they lie in the array file, not in the line.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public float[] Weights { get; init; } = [];

    /// <summary>What it reads from a vector: bias + weights · vector, in float64.</summary>
    /// <exception cref="ArgumentException">The vector has another width.</exception>
    public double Read(ReadOnlySpan<float> vector)
    {
        if (vector.Length != Weights.Length)
        {
            throw new ArgumentException($"A vector of width {vector.Length} for a direction of width {Weights.Length}.", nameof(vector));
        }

        var sum = Bias;
        for (var i = 0; i < vector.Length; i++)
        {
            sum += (double)Weights[i] * vector[i];
        }

        return sum;
    }

    /// <summary>What it predicts of a vector, on the scale of the labels themselves; not for classifiers, whose <see cref="Read"/> is a logit.</summary>
    public double Predict(ReadOnlySpan<float> vector) => LabelLow + ((LabelHigh - LabelLow) * Read(vector));

    /// <summary>Reads a layer's directions.</summary>
    /// <exception cref="InputException">The two files do not belong together.</exception>
    public static IReadOnlyList<ProbeDirection> ReadAll(RunFolder run, string probe, string scorer, int layer)
    {
        ArgumentNullException.ThrowIfNull(run);
        var path = run.DirectionsPath(probe, scorer, layer);
        var sums = UnitSums.PathBeside(path);
        ProbeDirection[] lines = [.. RunFolder.ReadLines<ProbeDirection>(Path.ChangeExtension(path, ".jsonl"), sums)];
        using (var file = DamagedFile.OpenArray(path))
        {
            DamagedFile.ThrowIfOther(file, UnitSums.Of(path, sums), part: null);
        }

        var (values, shape) = NpyFile.ReadAll(path);
        return shape is [var rows, var width] && rows == lines.Length
            ? [.. lines.Select((line, row) => line with { Weights = values.AsSpan(checked((int)(row * width)), (int)width).ToArray() })]
            : throw new InputException(
                "run-folder-broken",
                $"reading directions from '{path}'",
                $"its shape is [{string.Join(", ", shape)}] and {lines.Length} lines go with it",
                "Remove the layer's files and probe again");
    }

    /// <summary>Writes a layer's directions; nothing where there are none.</summary>
    /// <param name="path">The array file; the lines go beside it, into a file that ends in <c>.jsonl</c>.</param>
    /// <param name="directions">The directions, all of one width.</param>
    public static void WriteAll(string path, IReadOnlyList<ProbeDirection> directions)
    {
        ArgumentNullException.ThrowIfNull(directions);
        if (directions.Count > 0)
        {
            var width = directions[0].Weights.Length;
            AtomicWrite.File(path, stream => NpyFile.Write(stream, directions.SelectMany(direction => direction.Weights).ToArray(), directions.Count, width));
            JsonLines.WriteFile(Path.ChangeExtension(path, ".jsonl"), directions);
        }
    }
}
