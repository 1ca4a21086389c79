using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Certificates;

/// <summary>
/// Compares a model with values that another program, as a rule Hugging Face's transformers, has made with the same weights. The file's padded batch is read
/// packed, and only places where <c>attention_mask</c> is 1 are compared. What the tensors are is in docs/guide/certificate.md.
/// </summary>
public sealed class ModelComparison
{
    private static readonly string[] Known =
    [
        "input_ids",
        "attention_mask",
        "position_ids",
        "hidden_states",
        "logits_last",
        "logits_full",
        "greedy_ids",
        "generate_logits",
        "teacher_ids",
        "teacher_mask",
        "pooled_input",
        "pooled_output",
        "logits_last_bf16",
        "hidden_states_bf16_last",
    ];

    private readonly ComparedModel _model;
    private readonly ModelSizes _sizes;
    private readonly ExpectedFile _file;
    private readonly ModelComparisonOptions _options;
    private readonly List<ComparedPart> _parts = [];
    private readonly List<SkippedPart> _skipped = [];

    private ModelComparison(CausalModel model, ExpectedFile file, ModelComparisonOptions options) =>
        (_model, _sizes, _file, _options) = (new ComparedModel(model, options.Editor), model.Sizes, file, options);

    /// <summary>Checks the file's prompts and the options before a model is loaded.</summary>
    /// <param name="sizes">The model's sizes.</param>
    /// <param name="expectedFile">The safetensors file.</param>
    /// <param name="options">How.</param>
    /// <exception cref="InputException">As for <see cref="Run(CausalModel, string, ModelComparisonOptions, CancellationToken)"/>, of what can be seen without
    /// the model.</exception>
    public static void Check(ModelSizes sizes, string expectedFile, ModelComparisonOptions options)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ExpectedFile.Open(expectedFile, sizes.Vocabulary).Dispose();
    }

    /// <summary>Runs the comparison.</summary>
    /// <param name="model">The model.</param>
    /// <param name="expectedFile">The safetensors file.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it between passes.</param>
    /// <exception cref="InputException"><c>expected-values</c>: the file cannot be read, or is not one of this model; <c>comparison-options</c>.</exception>
    public static ModelComparisonResult Run(
        CausalModel model,
        string expectedFile,
        ModelComparisonOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var file = ExpectedFile.Open(expectedFile, model.Sizes.Vocabulary);
        return new ModelComparison(model, file, options).Run(cancellationToken);
    }

    private ModelComparisonResult Run(CancellationToken cancellationToken)
    {
        CheckLength(_file.Longest);
        ComparePrompts(cancellationToken);
        if (Wants("logits_full"))
        {
            var prompt = _file.Prompts[0];
            var expected = _file
                .Floats("logits_full", _file.Columns, _sizes.Vocabulary)
                .AsSpan(_file.FirstColumns[0] * _sizes.Vocabulary, prompt.Length * _sizes.Vocabulary);
            Add("logits_full", null, Difference.Of(expected, _model.ReadForLogits(prompt, _file.Longest).Logits, _sizes.Vocabulary), token => $"token {token}");
        }

        var continuations = CompareContinuations(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        CompareTeacher();
        _skipped.AddRange(_file.Names.Where(name => !Known.Contains(name)).Select(name => new SkippedPart(name, "not a tensor that is compared")));
        return _parts.Count + continuations.Count > 1
            ? new ModelComparisonResult
            {
                Tolerance = _options.Allowed,
                PromptLengths = [.. _file.Prompts.Select(prompt => prompt.Length)],
                Parts = _parts,
                Continuations = continuations,
                Skipped = _skipped,
            }
            : throw _file.Broken($"it has none of the tensors that are compared: {string.Join(", ", Known[3..])}");
    }

    /// <summary>Hidden states, last logits and means of the prompts in one batch; then each row alone against the batch.</summary>
    private void ComparePrompts(CancellationToken cancellationToken)
    {
        var found = _model.Read(_file.Prompts, _file.Longest, keepStates: true);
        if (Wants("hidden_states"))
        {
            var expected = _file.Floats("hidden_states", _sizes.HiddenStates, _file.Prompts.Count, _file.Columns, _sizes.Width);
            var layerLength = expected.Length / _sizes.HiddenStates;
            for (var layer = 0; layer < _sizes.HiddenStates; layer++)
            {
                Add(
                    "hidden_states",
                    layer,
                    Difference.Of(Unpadded(expected.AsSpan(layer * layerLength, layerLength)), found.States[layer], _sizes.Width),
                    PlaceOfToken);
            }
        }

        CompareLast("logits_last", found.Logits, _sizes.Vocabulary);
        ComparePooled("pooled_input", found, [.. _file.Prompts.Select(prompt => (prompt.Length, prompt.Length))]);
        CompareBFloat16(found);
        CompareAlone(found, cancellationToken);
    }

    /// <summary>Values that Hugging Face made in bfloat16: of another arithmetic than any other precision's.</summary>
    private void CompareBFloat16(PassRecorder found)
    {
        if (_options.Precision == WeightPrecision.BFloat16)
        {
            CompareLast("logits_last_bf16", found.Logits, _sizes.Vocabulary);
            var end = 0;
            var last = _file
                .Prompts.SelectMany(prompt => found.States[^1].AsSpan(((end += prompt.Length) - 1) * _sizes.Width, _sizes.Width).ToArray())
                .ToArray();
            CompareLast("hidden_states_bf16_last", last, _sizes.Width);
            return;
        }

        foreach (var name in (ReadOnlySpan<string>)["logits_last_bf16", "hidden_states_bf16_last"])
        {
            if (_file.Has(name))
            {
                _skipped.Add(new SkippedPart(name, "made in bfloat16: compared with --precision bf16"));
            }
        }
    }

    private void CompareLast(string name, ReadOnlySpan<float> found, int width)
    {
        if (Wants(name))
        {
            Add(name, null, Difference.Of(_file.Floats(name, _file.Prompts.Count, width), found, width), row => $"row {row}");
        }
    }

    private void CompareAlone(PassRecorder together, CancellationToken cancellationToken)
    {
        var (worst, first) = (Difference.None, 0);
        for (var row = 0; row < _file.Prompts.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var prompt = _file.Prompts[row];
            var alone = _model.Read([prompt], _file.Longest, keepStates: true);
            for (var layer = 0; layer < _sizes.HiddenStates; layer++)
            {
                var own = together.States[layer].AsSpan(first * _sizes.Width, prompt.Length * _sizes.Width);
                worst = worst.Or(Difference.Of(own, alone.States[layer], _sizes.Width) with { Vector = row });
            }

            worst = worst.Or(
                Difference.Of(together.Logits.Slice(row * _sizes.Vocabulary, _sizes.Vocabulary), alone.Logits, _sizes.Vocabulary) with
                {
                    Vector = row,
                });
            first += prompt.Length;
        }

        Add("rows_alone", null, worst, row => $"row {row}");
    }

    private List<ComparedContinuation> CompareContinuations(CancellationToken cancellationToken)
    {
        if (!Wants("greedy_ids"))
        {
            return [];
        }

        var ids = _file.GreedyIds(_sizes.Vocabulary);
        var steps = ids[0].Length;
        CheckLength(_file.Longest + steps - 1);
        var expected = ids.Select(row => Array.FindIndex(row, _options.EndOfText.Contains) is var end and >= 0 ? row[..(end + 1)] : row).ToArray();
        var logits = Wants("generate_logits") ? _file.Floats("generate_logits", steps, _file.Prompts.Count, _sizes.Vocabulary) : null;
        var greedy = new GreedyComparison(_model, _file.Prompts, expected, logits, _options.Allowed);
        var continuations = new List<ComparedContinuation>(greedy.Run(cached: true, cancellationToken));
        if (greedy.Logits is { } part)
        {
            _parts.Add(part);
        }

        if (_sizes.RotaryByLengthAbove is { } length && _file.Longest + steps - 1 > length)
        {
            _skipped.Add(
                new SkippedPart(
                    "greedy_ids without cache",
                    "rotary frequencies depend on the length: cached keys keep those of their step, so that a pass without cache is another computation"));
        }
        else
        {
            continuations.AddRange(greedy.Run(cached: false, cancellationToken));
        }

        return continuations;
    }

    /// <summary>Means over the continuations' own tokens, read as tails after their prompts.</summary>
    private void CompareTeacher()
    {
        if (!Wants("pooled_output"))
        {
            return;
        }

        if (!_file.Has("teacher_ids") || !_file.Has("teacher_mask"))
        {
            _skipped.Add(new SkippedPart("pooled_output", "it takes teacher_ids and teacher_mask, and the file has not both"));
            return;
        }

        var rows = _file.Teacher(_sizes.Vocabulary);
        CheckLength(rows.Max(ids => ids.Length));
        var tails = rows.Select((ids, row) => ids[_file.Prompts[row].Length..]).ToArray();
        ComparePooled(
            "pooled_output",
            _model.ReadTails(_file.Prompts, tails, rows.Max(ids => ids.Length)),
            [.. rows.Select((ids, row) => (ids.Length, tails[row].Length))]);
    }

    /// <summary>Means over the last tokens of each row; NaN where there is none.</summary>
    private void ComparePooled(string name, PassRecorder found, (int Tokens, int Pooled)[] rows)
    {
        if (!Wants(name))
        {
            return;
        }

        var width = _sizes.Width;
        var expected = _file.Floats(name, _sizes.HiddenStates, rows.Length, width);
        for (var layer = 0; layer < _sizes.HiddenStates; layer++)
        {
            var (means, end) = (new float[rows.Length * width], 0);
            for (var row = 0; row < rows.Length; row++)
            {
                end += rows[row].Tokens;
                for (var i = 0; i < width; i++)
                {
                    var sum = 0.0;
                    for (var token = end - rows[row].Pooled; token < end; token++)
                    {
                        sum += found.States[layer][(token * width) + i];
                    }

                    means[(row * width) + i] = (float)(sum / rows[row].Pooled);
                }
            }

            Add(name, layer, Difference.Of(expected.AsSpan(layer * means.Length, means.Length), means, width), row => $"row {row}");
        }
    }

    private bool Wants(string name)
    {
        if (!_file.Has(name))
        {
            _skipped.Add(new SkippedPart(name, "not in the file"));
        }

        return _file.Has(name);
    }

    private void Add(string tensor, int? layer, Difference difference, Func<int, string> place) =>
        _parts.Add(new ComparedPart(tensor, layer, difference.Value, place(difference.Vector)));

    /// <summary>The prompts' vectors one after another, without padding.</summary>
    private float[] Unpadded(ReadOnlySpan<float> layer)
    {
        var vectors = new List<float>();
        for (var row = 0; row < _file.Prompts.Count; row++)
        {
            vectors.AddRange(layer.Slice(((row * _file.Columns) + _file.FirstColumns[row]) * _sizes.Width, _file.Prompts[row].Length * _sizes.Width));
        }

        return [.. vectors];
    }

    private string PlaceOfToken(int token)
    {
        var row = 0;
        for (; token >= _file.Prompts[row].Length; row++)
        {
            token -= _file.Prompts[row].Length;
        }

        return $"row {row}, token {token}";
    }

    private void CheckLength(int tokens)
    {
        if (tokens > _sizes.Context)
        {
            throw _file.Broken($"a row comes to {tokens} tokens, and the model reads {_sizes.Context} at most");
        }
    }
}
