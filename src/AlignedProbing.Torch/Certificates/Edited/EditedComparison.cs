using System.Globalization;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>
/// Compares edited models with values that another program made: greedy continuations of some prompts, their log-probabilities under the edited model and under
/// the unedited one, and means of hidden states over the prompts, as far as the file has them. Its form is in docs/guide/interventions.md.
/// </summary>
public sealed class EditedComparison
{
    /// <summary>How far log-probabilities and means may be off by default, relative to max(1, |expected|) and to a vector's scale.</summary>
    public const double DefaultTolerance = 1e-4;

    // Of two best logits closer than this, rounding may choose either.
    private const double Fork = 1e-3;

    private readonly CausalModel _model;
    private readonly EditedFile _file;
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly HashSet<int> _endOfText;
    private readonly double _tolerance;

    private EditedComparison(CausalModel model, EditedFile file, IReadOnlyList<int[]> prompts, IEnumerable<int> endOfText, double tolerance) =>
        (_model, _file, _prompts, _endOfText, _tolerance) = (model, file, prompts, [.. endOfText], tolerance);

    /// <summary>Reads which prompts a file is about, before a model is loaded.</summary>
    /// <param name="path">The JSON file.</param>
    /// <returns>Numbers of the prompts in their file, from 0.</returns>
    /// <exception cref="InputException"><c>intervention-check</c>.</exception>
    public static IReadOnlyList<int> RowsOf(string path)
    {
        using var file = EditedFile.Open(path);
        return file.Rows;
    }

    /// <summary>Runs all cases.</summary>
    /// <param name="model">The unedited model; it stays the caller's.</param>
    /// <param name="path">The JSON file; its tensors lie beside it, in a safetensors file of the same name.</param>
    /// <param name="prompts">Token ids of each prompt of the file's rows, in their order.</param>
    /// <param name="endOfText">Ids that end a text.</param>
    /// <param name="tolerance">How far log-probabilities and means may be off.</param>
    /// <param name="done">Told the number of cases done, one by one; null: nobody.</param>
    /// <param name="cancellationToken">Ends it between passes.</param>
    /// <exception cref="InputException"><c>intervention-check</c>: the file cannot be used with this model; <c>intervention</c>: a case cannot be applied.
    /// </exception>
    public static EditedComparisonResult Run(
        CausalModel model,
        string path,
        IReadOnlyList<int[]> prompts,
        IReadOnlyList<int> endOfText,
        double tolerance = DefaultTolerance,
        Action<int>? done = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(endOfText);
        using var file = EditedFile.Open(path);
        if (prompts.Count != file.Rows.Count || prompts.Any(ids => ids.Length == 0))
        {
            throw file.Broken($"it is about {file.Rows.Count} prompts, and {prompts.Count(ids => ids.Length > 0)} are there");
        }

        var comparison = new EditedComparison(model, file, prompts, endOfText, tolerance);
        var results = new List<EditedCaseResult>();
        foreach (var item in file.Cases)
        {
            results.Add(comparison.Compare(item, cancellationToken));
            done?.Invoke(results.Count);
        }

        return new EditedComparisonResult(tolerance, results);
    }

    private EditedCaseResult Compare(EditedFileCase item, CancellationToken cancellationToken)
    {
        var edits = EditedCase.Edits(item.Name, _file.FirstLayer, _file.SteerBy, _file.Direction)
            ?? throw _file.Broken($"it is not known what the case '{item.Name}' edits");
        var expected = Array.ConvertAll(_file.Ids(item.Name, _model.Sizes.Vocabulary), Cut);
        if (_prompts.Zip(expected).Any(row => row.First.Length + row.Second.Length > _model.Sizes.Context))
        {
            throw _file.Broken($"a row of '{item.Name}' is longer than the model's context of {_model.Sizes.Context} tokens");
        }

        using var intervention = new Intervention(_model, edits);
        var (found, means) = Continue(intervention, [.. expected.Select(ids => ids.Length)], cancellationToken);
        var (difference, forks) = CompareIds(item, expected, found);
        double? worst = null;
        foreach (var (name, stored, editor) in (ReadOnlySpan<(string, IReadOnlyList<double>?, Intervention?)>)
            [
                ("edited", _file.LogProbabilities($"{item.Name}.logprob_own") ?? item.MeanLogProbability, intervention),
                ("unedited", _file.LogProbabilities($"{item.Name}.logprob_unedited"), null),
            ])
        {
            if (stored is not null)
            {
                var own = LogProbabilities(expected, editor, cancellationToken);
                for (var row = 0; row < own.Length; row++)
                {
                    var off = Math.Abs(stored[row] - own[row]) / Math.Max(1, Math.Abs(stored[row]));
                    worst = double.IsNaN(off) ? double.PositiveInfinity : Math.Max(worst ?? 0, off);
                    difference ??= off <= _tolerance ? null
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"row {_file.Rows[row]}: mean log-probability under the {name} model {own[row]:f6}, {stored[row]:f6} expected");
                }
            }
        }

        double? ofMeans = null;
        if (_file.Means(item.Name, _model.Sizes.HiddenStates, _model.Sizes.Width) is { } wanted)
        {
            var off = CompareMeans(wanted, means, edits);
            ofMeans = off.Value;
            difference ??= off.Value <= _tolerance ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"layer {off.Vector / _prompts.Count}, row {_file.Rows[off.Vector % _prompts.Count]}: the prompt's mean is off by {off.Value:g2}");
        }

        return new EditedCaseResult(item.Name, difference, forks, worst, ofMeans);
    }

    /// <summary>Greedy ids, the one that ends a text included, and means over prompts [layers, rows, width].</summary>
    private (int[][] Ids, float[] Means) Continue(Intervention intervention, int[] limits, CancellationToken cancellationToken)
    {
        var tails = Array.ConvertAll(limits, limit => new TokenTail(TokenSource.Greedy, limit));
        var sizes = _model.Sizes;
        var vectors = new PooledVectors(sizes.HiddenStates, sizes.Width, [PoolingKind.Mean]);
        vectors.Reset(_prompts.Count);
        using (IStatePooling pooling = _model.ReducesOn is { } device ? new DevicePooling(device) : new HostPooling())
        {
            new TokenEngine(_model, new TokenEngineOptions { EndOfText = _endOfText, Editor = Editor(intervention) })
                .Run([.. _prompts.Select((ids, row) => new TokenSequence(ids, [tails[row]]))], new PromptMeans(pooling, vectors), cancellationToken);
            pooling.Complete();
        }

        var means = new float[sizes.HiddenStates * _prompts.Count * sizes.Width];
        for (var cell = 0; cell < sizes.HiddenStates * _prompts.Count; cell++)
        {
            vectors.CopyTo(0, cell / _prompts.Count, cell % _prompts.Count, means.AsSpan(cell * sizes.Width, sizes.Width));
        }

        return (Array.ConvertAll(tails, tail => tail.EndOfText is { } end ? [.. tail.Ids, end] : tail.Ids.ToArray()), means);
    }

    private double[] LogProbabilities(int[][] ids, Intervention? intervention, CancellationToken cancellationToken)
    {
        var tails = Array.ConvertAll(ids, row => new TokenTail(TokenSource.Given(row), row.Length));
        new TokenEngine(_model, new TokenEngineOptions { Editor = Editor(intervention) })
            .Run([.. _prompts.Select((prompt, row) => new TokenSequence(prompt, [tails[row]]))], null, cancellationToken);
        return Array.ConvertAll(tails, tail => tail.LogProbabilities.Average());
    }

    private (string? Difference, int Forks) CompareIds(EditedFileCase item, int[][] expected, int[][] found)
    {
        var (difference, forks) = ((string?)null, 0);
        for (var row = 0; row < expected.Length; row++)
        {
            var same = expected[row].AsSpan().CommonPrefixLength(found[row]);
            if (same == expected[row].Length && same == found[row].Length)
            {
                continue;
            }

            if (item.Gaps[row] < Fork)
            {
                forks++;
                continue;
            }

            difference ??= $"row {_file.Rows[row]}, token {same}: {Id(found[row], same)}, {Id(expected[row], same)} expected";
        }

        return (difference, forks);

        static string Id(int[] ids, int at) => at < ids.Length ? ids[at].ToString(CultureInfo.InvariantCulture) : "the end";
    }

    /// <summary>
    /// Compares means at the layers that no edit changes: hooks write an edited layer down before the edit or after it. The last layer follows the final norm,
    /// and is always after.
    /// </summary>
    private Difference CompareMeans(float[] expected, float[] found, IReadOnlyList<Edit> edits)
    {
        var (worst, vectors, width) = (Difference.None, _prompts.Count, _model.Sizes.Width);
        for (var layer = 0; layer < _model.Sizes.HiddenStates; layer++)
        {
            if (layer == _model.Sizes.Blocks || layer == 0 || !edits.Any(edit => edit.Holds(layer)))
            {
                var (start, length) = (layer * vectors * width, vectors * width);
                var off = Difference.Of(expected.AsSpan(start, length), found.AsSpan(start, length), width);
                worst = worst.Or(off with { Vector = (layer * vectors) + off.Vector });
            }
        }

        return worst;
    }

    private static Intervention? Editor(Intervention? intervention) => intervention is { ChangesNothing: false } ? intervention : null;

    /// <summary>Ids up to and with the first that ends a text.</summary>
    private int[] Cut(int[] ids) => Array.FindIndex(ids, _endOfText.Contains) is >= 0 and var end ? ids[..(end + 1)] : ids;
}
