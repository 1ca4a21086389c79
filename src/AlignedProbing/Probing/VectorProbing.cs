using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>Probes vectors that a person already has, layer by layer; the same folds, probes and controls as within a run.</summary>
public static class VectorProbing
{
    /// <summary>Probes every layer and label.</summary>
    /// <param name="options">What.</param>
    /// <param name="progress">Told the number of probes trained.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The runs, layer by layer, and what was left out.</returns>
    /// <exception cref="InputException">The options or files cannot be used.</exception>
    public static VectorProbingResult Run(VectorProbingOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var file = NpyFile.Open(options.Vectors);
        var (layers, rows, width) = file.Shape switch
        {
            [var n, > 0 and var w] => (1, n, w),
            [var l, var n, > 0 and var w] => (l, n, w),
            _ => throw new InputException("vectors-shape", $"probing '{options.Vectors}'", $"its shape is [{string.Join(", ", file.Shape)}]", "Give [rows, width], or [layers, rows, width]"),
        };
        var labels = LabelFile.Read(options.Labels, options.Names);
        if (labels.Rows != rows)
        {
            throw new InputException(
                "vectors-labels-differ",
                $"probing '{options.Vectors}' with the labels of '{options.Labels}'",
                $"there are {rows} vectors and {labels.Rows} rows of labels",
                "Give a row of labels for each vector, in the same order; leave a label empty (null) where there is none");
        }

        var asked = Layers(options, layers);
        var probe = ProbeCatalog.Create(new ProbingOptions { Scorer = "", Probe = options.Probe, Epochs = options.Epochs, Patience = options.Patience });
        var cells = options.Names.SelectMany(name => options.Controls.Prepend("none").Select(control => (Name: name, Control: control))).ToArray();
        var runs = new List<VectorRun>();
        var counter = new ProgressCounter(progress, (long)asked.Count * cells.Sum(cell => Fold.Count * Seeds(probe, cell.Control, options)), 0);
        var notFinite = 0;
        foreach (var layer in asked)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var features = Read(file, layer, (int)rows, (int)width);
            notFinite = Math.Max(notFinite, Enumerable.Range(0, features.Rows).Count(row => !features.IsFinite(row)));
            var study = new ProbeStudy(probe, new ProbeStudyOptions { Seeds = options.Seeds, Standardise = options.Standardise, Threads = options.Threads });
            foreach (var (name, control) in cells)
            {
                study.Add(features, new LabelColumn(name, labels.Of(name)), control == ProbingOptions.Randomization);
            }

            var missing = cells.Sum(cell => Fold.Count * Seeds(probe, cell.Control, options)) - study.Probes;
            var results = study.Run(counter.Add, cancellationToken);
            counter.Add(missing);
            runs.AddRange(cells.Zip(results).SelectMany(pair => Lines(layer, pair.First.Name, pair.First.Control, pair.Second)));
        }

        return new VectorProbingResult
        {
            Probe = options.Probe,
            Runs = runs,
            Rows = (int)rows,
            WithoutLabel = options.Names.ToDictionary(name => name, name => labels.Of(name).Count(value => !double.IsFinite(value))),
            NotFinite = notFinite,
        };
    }

    private static IReadOnlyList<int> Layers(VectorProbingOptions options, long layers)
    {
        var unknown = (options.Layers ?? []).Where(layer => layer < 0 || layer >= layers).ToArray();
        return unknown.Length == 0
            ? [.. (options.Layers ?? [.. Enumerable.Range(0, checked((int)layers))]).Distinct().Order()]
            : throw new InputException("wrong-usage", "probing vectors", $"there is no layer {string.Join(", ", unknown)} (layers are 0 to {layers - 1})", "Correct --layers, or leave it out for all");
    }

    private static int Seeds(IProbe probe, string control, VectorProbingOptions options) => probe.UsesSeeds || control != "none" ? options.Seeds.Count : 1;

    private static FeatureMatrix Read(NpyFile file, int layer, int rows, int width)
    {
        var features = new FeatureMatrix(rows, width);
        for (var row = 0; row < rows; row++)
        {
            file.Read((((long)layer * rows) + row) * width, features.Row(row));
        }

        return features;
    }

    private static IEnumerable<VectorRun> Lines(int layer, string name, string control, StudyCell cell) =>
        cell.Missing is { } reason
            ? [new VectorRun(layer, name, control, null, reason)]
            : cell.Runs.Select(run => new VectorRun(layer, name, control, run, run.Missing));
}
