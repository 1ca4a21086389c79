using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>
/// What is left inside after an edit: the unedited run's probes applied to the edited run's vectors, probes trained anew there, and what lies along the edit's
/// direction. Of prompts' states and scores (Input), which an edit's text does not change.
/// </summary>
/// <param name="run">The unedited run.</param>
/// <param name="probe">The probe, with directions.</param>
/// <param name="scorer">The scorer of its labels.</param>
/// <param name="attribute">The attribute.</param>
internal sealed class InsideAnalysis(RunFolder run, string probe, string scorer, string attribute)
{
    // Below this share of the spread nothing is left along a direction but rounding of float32.
    private const double Rounding = 1e-4;

    private readonly Manifest _manifest = run.ReadManifest();
    private readonly int _prompts = run.ReadPrompts().Count;

    /// <summary>All layers for which the unedited run has probes.</summary>
    /// <param name="name">The intervention's name.</param>
    /// <param name="edited">Its folder; all chunks must be there.</param>
    /// <param name="cancellationToken">Ends it between two layers.</param>
    public IEnumerable<InsideFinding> Of(string name, RunFolder edited, CancellationToken cancellationToken)
    {
        var path = DerivedRuns.DirectionPath(edited);
        var direction = File.Exists(path) ? NpyFile.ReadAll(path).Values : null;
        for (var layer = 0; layer < _manifest.Model.Layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (File.Exists(run.DirectionsPath(probe, scorer, layer)))
            {
                yield return Of(name, edited, layer, direction);
            }
        }
    }

    private InsideFinding Of(string name, RunFolder edited, int layer, float[]? direction)
    {
        var finding = new InsideFinding { Intervention = name, Probe = probe, Scorer = scorer, Attribute = attribute, Layer = layer, N = 0 };
        var cell = CellOf(run, layer);
        var probes = ProbeDirection.ReadAll(run, probe, scorer, layer)
            .Where(own => own.Scenario == Scenario.Input && own.Attribute == attribute && own.Class is null)
            .ToArray();
        if (cell < 0 || probes.Length == 0)
        {
            return finding with { Reason = MissingReason.NotRun };
        }

        var stored = ProbePredictions.ReadCell(run.PredictionsPath(probe, scorer, layer), cell);
        // Where several continuations were probed, each prompt has as many places; input vectors use the first.
        var places = stored.Prompts / _prompts;
        var (labels, folds) = (stored.Labels(0).ToArray(), stored.Folds(0).ToArray());
        var (before, after) = (Vectors(run, layer), Vectors(edited, layer));
        int[] rows =
        [
            .. Enumerable.Range(0, _prompts)
                .Where(prompt => !float.IsNaN(folds[prompt * places]) && IsFinite(before[prompt]) && IsFinite(after[prompt])),
        ];
        double[] y = [.. rows.Select(prompt => (double)labels[prompt * places])];
        double Strength(float[]?[] vectors) => Mean(probes.Select(own => Tested(own, [.. rows.Where(row => folds[row * places] == own.Fold)], vectors)));
        double Tested(ProbeDirection own, int[] tested, float[]?[] vectors) => Pearson.Of(
            [.. tested.Select(row => own.Read(vectors[row]))], [.. tested.Select(row => (double)labels[row * places])]).Value ?? double.NaN;
        var (along, spread) = direction is null ? (null, null) : Along(direction, rows, y, before, after);
        var (unedited, applied) = (Strength(before), Strength(after));
        return finding with
        {
            N = rows.Length,
            Unedited = Finite(unedited),
            Applied = Finite(applied),
            Retrained = Retrained(edited, layer),
            Along = along,
            Spread = spread,
            Reason = double.IsFinite(unedited) && double.IsFinite(applied) ? null : rows.Length < 2 ? Undefined.TooFewRows : Undefined.Constant,
        };
    }

    private static (double? R, double? Spread) Along(float[] direction, int[] rows, double[] labels, float[]?[] before, float[]?[] after)
    {
        double[] Project(float[]?[] vectors) => [.. rows.Select(row => Dot(vectors[row]!, direction))];
        var (unedited, edited) = (Project(before), Project(after));
        var (whole, left) = (Moments.StandardDeviation(unedited).Value, Moments.StandardDeviation(edited).Value);
        var share = whole > 0 ? left / whole : null;
        return (share is null ? null : share < Rounding ? 0 : Pearson.Of(edited, labels).Value, share);
    }

    private double? Retrained(RunFolder edited, int layer)
    {
        var path = edited.ProbeRunsPath(probe, scorer, layer);
        return File.Exists(path)
            ? Finite(Mean(JsonLines.ReadFile<ProbeRun>(path).Where(IsCell).Select(own => own.R ?? double.NaN)))
            : null;
    }

    // Cells stand in the order in which the layer's lines first name them.
    private int CellOf(RunFolder folder, int layer) => JsonLines.ReadFile<ProbeRun>(folder.ProbeRunsPath(probe, scorer, layer))
        .Select(own => (own.Scenario, own.Attribute, own.Control))
        .Distinct()
        .ToList()
        .IndexOf((Scenario.Input, attribute, "none"));

    private bool IsCell(ProbeRun own) => own.Scenario == Scenario.Input && own.Attribute == attribute && own.Control == "none";

    // A vector a prompt, in the order of prompts.jsonl; null where a chunk has none.
    private float[]?[] Vectors(RunFolder folder, int layer)
    {
        var vectors = new float[]?[_prompts];
        var width = _manifest.Model.Width;
        for (var chunk = 0; chunk * _manifest.Encoding.Chunk < _prompts; chunk++)
        {
            using var file = NpyFile.Open(folder.VectorsPath(chunk, "input", _manifest.Measurement.Pooling));
            var rows = Math.Min(_manifest.Encoding.Chunk, _prompts - (chunk * _manifest.Encoding.Chunk));
            if (file.Shape is not [var layers, var stored, var size] || layers != _manifest.Model.Layers || stored != rows || size != width)
            {
                throw new InputException(
                    "run-folder-broken",
                    $"reading vectors of chunk {chunk} of '{folder.FullPath}'",
                    $"their shape is [{string.Join(", ", file.Shape)}], not [{_manifest.Model.Layers}, {rows}, {width}]",
                    "Remove the chunk's folder and run the same command again");
            }

            var values = new float[rows * width];
            file.Read((long)layer * rows * width, values);
            for (var row = 0; row < rows; row++)
            {
                vectors[(chunk * _manifest.Encoding.Chunk) + row] = values.AsSpan(row * width, width).ToArray();
            }
        }

        return vectors;
    }

    private static bool IsFinite(float[]? vector) => vector is not null && Array.TrueForAll(vector, float.IsFinite);

    private static double Dot(float[] left, float[] right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }

    private static double Mean(IEnumerable<double> values)
    {
        double[] defined = [.. values.Where(double.IsFinite)];
        return defined.Length == 0 ? double.NaN : defined.Average();
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
