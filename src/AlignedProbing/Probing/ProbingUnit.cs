using AlignedProbing.Files;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Probing.Vectors;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Probing;

/// <summary>Probes layers and writes their files.</summary>
internal sealed class ProbingUnit
{
    private readonly RunFolder _run;
    private readonly Manifest _manifest;
    private readonly ProbingOptions _options;
    private readonly RunLabels _labels;
    private readonly IReadOnlyList<ProbingCell> _cells;
    private readonly IProbe _probe;

    // Filled anew for every layer: with many prompts a matrix is large, and what the collector has not yet taken back counts as memory too.
    private readonly List<FeatureMatrix> _matrices = [];

    public ProbingUnit(RunFolder run, Manifest manifest, ProbingOptions options, RunLabels labels, IReadOnlyList<ProbingCell> cells)
    {
        (_run, _manifest, _options, _labels, _cells) = (run, manifest, options, labels, cells);
        _probe = ProbeCatalog.Create(options);
        Probes = cells.Sum(cell => (Seeds(cell).Count + (options.OnlineCoding ? 1 : 0)) * Fold.Count);
    }

    /// <summary>Probes of one layer, cells that turn out to be missing included.</summary>
    public int Probes { get; }

    /// <summary>Probes some layers as one work list. A layer that cannot be read or written fails; the others are written.</summary>
    public void Run(IReadOnlyList<UnitFiles> layers, UnitProgress progress, CancellationToken cancellationToken)
    {
        var read = new List<(UnitFiles Layer, int FirstCell)>();
        var study = new ProbeStudy(
            _probe,
            new ProbeStudyOptions
            {
                Seeds = _options.Seeds,
                Standardise = _options.Standardise,
                OnlineCoding = _options.OnlineCoding,
                Threads = _options.Threads,
            });
        var (cells, matrices) = (0, 0);
        foreach (var layer in layers)
        {
            layer.Guard(() =>
            {
                var vectors = _cells
                    .Select(cell => (cell.Side, cell.Encodings))
                    .Distinct()
                    .ToDictionary(kind => kind, kind => Vectors(kind.Side, kind.Encodings, layer.Number, matrices++));
                foreach (var cell in _cells)
                {
                    study.Add(vectors[(cell.Side, cell.Encodings)], cell.Column, cell.IsRandomized, cell.Groups);
                }

                read.Add((layer, cells));
                cells += _cells.Count;
            });
        }

        var results = study.Run(done => progress.Add(done), cancellationToken);
        foreach (var (layer, first) in read)
        {
            layer.Guard(() => Write(layer, [.. results.Skip(first).Take(_cells.Count)]));
        }
    }

    private FeatureMatrix Vectors(string side, string? control, int layer, int matrix)
    {
        var rows = LayerVectors.RowsOf(_labels, side, _options);
        if (matrix == _matrices.Count)
        {
            _matrices.Add(new FeatureMatrix(rows, _manifest.Model.Width));
        }
        else if (_matrices[matrix].Rows != rows)
        {
            _matrices[matrix] = new FeatureMatrix(rows, _manifest.Model.Width);
        }

        LayerVectors.Read(_run, _manifest, _labels, side, control, _options, layer, _matrices[matrix]);
        return _matrices[matrix];
    }

    private void Write(UnitFiles files, IReadOnlyList<StudyCell> results)
    {
        var layer = files.Number;
        var predictions = new ProbePredictions(_cells.Count, _cells.Max(cell => Seeds(cell).Count), _labels.Prompts * _options.Continuations.Count);
        var lines = new List<ProbeRun>();
        for (var cell = 0; cell < _cells.Count; cell++)
        {
            var result = results[cell];
            lines.AddRange(_cells[cell].Lines(layer, result, Seeds(_cells[cell])));
            var places = Places(cell, result);
            Spread(places, result.Labels, predictions.Labels(cell));
            Spread(places, Array.ConvertAll(result.Folds, fold => (float)fold), predictions.Folds(cell));
            for (var seed = 0; seed < result.Predictions.Length; seed++)
            {
                Spread(places, result.Predictions[seed], predictions.Predictions(cell, seed));
            }
        }

        predictions.Write(files.PathOf(_run.PredictionsPath(_options.FolderName, _options.Scorer, layer)));
        WriteProbabilities(files, results);
        ProbeDirection.WriteAll(
            files.PathOf(_run.DirectionsPath(_options.FolderName, _options.Scorer, layer)),
            [.. _cells.SelectMany((cell, index) => cell.Directions(layer, results[index])).Where(direction => double.IsFinite(direction.Bias))]);
        if (_options.OnlineCoding)
        {
            JsonLines.WriteFile(
                files.PathOf(_run.ProbeCodesPath(_options.FolderName, _options.Scorer, layer)),
                _cells.SelectMany((cell, index) => cell.Codes(layer, results[index], Seeds(cell)[0])));
        }

        JsonLines.WriteFile(files.PathOf(_run.ProbeRunsPath(_options.FolderName, _options.Scorer, layer)), lines);
    }

    private void WriteProbabilities(UnitFiles files, IReadOnlyList<StudyCell> results)
    {
        if (results.Max(result => result.Probabilities.Length == 0 ? 0 : result.Classes.Count) is var classes && classes == 0)
        {
            return;
        }

        var probabilities = new ProbeProbabilities(
            _cells.Count,
            _cells.Max(cell => Seeds(cell).Count),
            classes,
            _labels.Prompts * _options.Continuations.Count);
        for (var cell = 0; cell < _cells.Count; cell++)
        {
            foreach (var (seed, ofSeed) in results[cell].Probabilities.Index())
            {
                foreach (var (number, ofClass) in ofSeed.Index())
                {
                    Spread(Places(cell, results[cell]), ofClass, probabilities.Of(cell, seed, number));
                }
            }
        }

        probabilities.Write(files.PathOf(_run.ProbabilitiesPath(_options.FolderName, _options.Scorer, files.Number)));
    }

    private int[] Places(int cell, StudyCell result) =>
        _cells[cell].Side == "output" ? result.Rows : Array.ConvertAll(result.Rows, prompt => prompt * _options.Continuations.Count);

    private static void Spread(int[] rows, float[] values, Span<float> plane)
    {
        for (var i = 0; i < values.Length; i++)
        {
            plane[rows[i]] = values[i];
        }
    }

    private IReadOnlyList<int> Seeds(ProbingCell cell) => _probe.UsesSeeds || cell.IsRandomized ? _options.Seeds : [0];
}
