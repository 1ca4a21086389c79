using AlignedProbing.Files;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Vectors;

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
            [> 0 and var n, > 0 and <= int.MaxValue and var w] => (1, n, w),
            [> 0 and var l, > 0 and var n, > 0 and <= int.MaxValue and var w] => (l, n, w),
            _ => throw new InputException(
                "vectors-shape",
                $"probing '{options.Vectors}'",
                $"its shape is [{string.Join(", ", file.Shape)}]",
                "Give [rows, width], or [layers, rows, width], none of them 0"),
        };
        var asProbing = new ProbingOptions
        {
            Scorer = "",
            Probe = options.Probe,
            Epochs = options.Epochs,
            Patience = options.Patience,
            HiddenUnits = options.HiddenUnits,
            Standardise = options.Standardise,
        };
        var probe = ProbeCatalog.Create(asProbing);
        var labels = LabelFile.Read(options.Labels, options.Names, [.. new[] { options.Id, options.Group }.OfType<string>()], probe.IsClassifier);
        labels.Fit(rows);
        if (labels.Rows != rows)
        {
            throw new InputException(
                "vectors-labels-differ",
                $"probing '{options.Vectors}' with the labels of '{options.Labels}'",
                $"there are {rows} vectors and {labels.Rows} rows of labels",
                "Give a row of labels for each vector, in the same order; leave a label empty (null) where there is none");
        }

        RefuseDuplicates(options, labels);
        var groups = options.Group is { } column ? Groups(labels.TextsOf(column)) : null;
        var asked = Layers(options, layers);
        var columns = options.Names.ToDictionary(name => name, name => Column(labels, name, probe, options), StringComparer.Ordinal);
        var cells = options.Names.SelectMany(name => options.Controls.Prepend("none").Select(control => (Name: name, Control: control))).ToArray();
        var (runs, codes) = (new List<VectorRun>(), new List<VectorCode>());
        var probes = cells.Sum(cell => Fold.Count * (Seeds(probe, cell.Control, options) + (options.OnlineCoding ? 1 : 0)));
        var counter = new ProgressCounter(progress, (long)asked.Count * probes, 0);
        var notFinite = 0;
        foreach (var layer in asked)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var features = Read(file, layer, (int)rows, (int)width);
            notFinite = Math.Max(notFinite, Enumerable.Range(0, features.Rows).Count(row => !features.IsFinite(row)));
            var study = new ProbeStudy(
                probe,
                new ProbeStudyOptions
                {
                    Seeds = options.Seeds,
                    Standardise = options.Standardise,
                    OnlineCoding = options.OnlineCoding,
                    Threads = options.Threads,
                });
            foreach (var (name, control) in cells)
            {
                study.Add(features, columns[name], control == ProbingOptions.Randomization, groups);
            }

            var missing = probes - study.Probes;
            var results = study.Run(counter.Add, cancellationToken);
            counter.Add(missing);
            runs.AddRange(cells.Zip(results).SelectMany(pair => Lines(layer, pair.First.Name, pair.First.Control, pair.Second)));
            codes.AddRange(
                cells
                    .Zip(results)
                    .SelectMany(pair =>
                        pair.Second.Codes.Select((code, fold) => new VectorCode(layer, pair.First.Name, pair.First.Control, fold, options.Seeds[0], code))));
            if (options.Save is { } folder)
            {
                VectorFiles.Write(folder, asProbing.FolderName, layer, (int)rows, [.. cells.Zip(results, (cell, result) => (cell.Name, cell.Control, result))]);
            }
        }

        return new VectorProbingResult
        {
            Probe = asProbing.FolderName,
            Runs = runs,
            Epochs = options.Epochs,
            Codes = codes,
            Rows = (int)rows,
            WithoutLabel = options.Names.ToDictionary(name => name, name => columns[name].Values.Count(value => !double.IsFinite(value))),
            NotFinite = notFinite,
        };
    }

    /// <summary>Whether labels are categories: all those given, of every name, are words.</summary>
    /// <param name="options">What is to be probed.</param>
    /// <exception cref="InputException">The options or the file of labels cannot be used.</exception>
    public static bool HasCategories(VectorProbingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var labels = LabelFile.Read(options.Labels, options.Names, [], words: true);
        return options.Names.All(labels.IsOfWords);
    }

    private static IReadOnlyList<int> Layers(VectorProbingOptions options, long layers)
    {
        var unknown = (options.Layers ?? []).Where(layer => layer < 0 || layer >= layers).ToArray();
        return unknown.Length == 0
            ? [.. (options.Layers ?? [.. Enumerable.Range(0, checked((int)layers))]).Distinct().Order()]
            : throw new InputException(
                "wrong-usage",
                "probing vectors",
                $"there is no layer {string.Join(", ", unknown)} (layers are 0 to {layers - 1})",
                "Correct --layers, or leave it out for all");
    }

    private static LabelColumn Column(LabelFile labels, string name, IProbe probe, VectorProbingOptions options)
    {
        var column = labels.Of(name);
        return column.Classes is not { } classes || classes.Count <= probe.MostClasses
            ? column
            : throw new InputException(
                "labels-broken",
                $"reading labels from '{options.Labels}'",
                $"'{name}' has {classes.Count} classes ({string.Join(", ", classes.Take(5))}{(classes.Count > 5 ? ", ..." : "")}) and the {probe.Name} " +
                $"probe tells {probe.MostClasses} apart",
                probe.MostClasses == 2 ? "Probe with --probe softmax, which takes several" : "Name a column of classes, not of texts");
    }

    private static void RefuseDuplicates(VectorProbingOptions options, LabelFile labels)
    {
        if (options.Id is not { } id)
        {
            return;
        }

        var twice = labels.TextsOf(id).Index().GroupBy(row => row.Item, StringComparer.Ordinal).Where(rows => rows.Count() > 1).ToArray();
        if (twice.Length > 0)
        {
            var named = twice
                .Take(5)
                .Select(rows =>
                    $"'{(rows.Key.Length > 40 ? rows.Key[..40] + "..." : rows.Key)}' (rows " +
                    $"{string.Join(", ", rows.Take(5).Select(row => row.Index + 1))}{(rows.Count() > 5 ? ", ..." : "")})");
            throw new InputException(
                "labels-broken",
                $"reading labels from '{options.Labels}'",
                $"'{id}' names rows more than once ({twice.Length} of its values): {string.Join(", ", named)}{(twice.Length > 5 ? ", ..." : "")}",
                "Keep one row and its vector; or, where these are different texts of one source, name the column with --group instead: its rows are then " +
                "kept within one fold");
        }
    }

    private static int[] Groups(IReadOnlyList<string> names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. names.Select(name => numbers.TryGetValue(name, out var number) ? number : numbers[name] = numbers.Count)];
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
            : cell.Runs.Select(run => new VectorRun(layer, name, control, run, run.Missing) { Classes = cell.Classes });
}
