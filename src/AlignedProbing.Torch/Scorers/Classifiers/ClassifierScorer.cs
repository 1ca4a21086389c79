using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Encoders;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>
/// A Hugging Face sequence classifier as a scorer. Texts are sorted by length and packed one after another without padding; a score depends on its text alone,
/// to the bit, whatever the batch and the number of threads.
/// </summary>
public sealed class ClassifierScorer : IScorer, IDisposable
{
    // Changes whenever the same options could give another score.
    private const string Method = "1";

    // float32 logits are good for about as many.
    private const int Decimals = 6;

    private readonly ClassifierOptions _options;
    private readonly SequenceClassifier _model;
    private readonly TextTokens _tokens;
    private readonly Activation _activation;
    private readonly IReadOnlyList<string?> _attributeOf;
    private long _texts;
    private long _cut;

    private ClassifierScorer(
        ClassifierOptions options,
        SequenceClassifier model,
        TextTokens tokens,
        Activation activation,
        IReadOnlyList<string> labels,
        IReadOnlyList<string?> attributeOf)
    {
        (_options, _model, _tokens, _activation, _attributeOf) = (options, model, tokens, activation, attributeOf);
        Attributes = [.. attributeOf.OfType<string>()];
        Sha256 = ModelFingerprint.OfWeights(options.Folder);
        Details = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["activation"] = activation.ToString().ToLowerInvariant(),
            ["labels"] = string.Join(", ", labels.Select((label, i) => $"{label}: {attributeOf[i] ?? "left out"}")),
            ["max_tokens"] = string.Create(CultureInfo.InvariantCulture, $"{tokens.Most}{(tokens.CutsLeft ? ", the end kept" : "")}"),
            ["precision"] = PrecisionNames.Of(options.Precision),
            ["range"] = string.Create(CultureInfo.InvariantCulture, $"{options.Range.Low} to {options.Range.High}"),
            ["tokenizer_and_config_sha256"] = ModelFingerprint.OfTheRest(options.Folder),
        };
        Version = $"{Method}.{ModelFingerprint.OfText(Sha256 + string.Concat(Details.Select(pair => $"\n{pair.Key}={pair.Value}")))[..8]}";
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <summary>The method's version, and the beginning of a hash over weights, tokenizer and <see cref="Details"/>.</summary>
    public string Version { get; }

    /// <inheritdoc/>
    public string? Sha256 { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Details { get; }

    /// <summary>Batches are small enough that little is lost where a run is interrupted.</summary>
    public int LargestBatch => 256;

    /// <inheritdoc/>
    public string? Summary =>
        _cut == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{_cut} of {_texts} texts were longer than {_tokens.Most} tokens and cut");

    /// <summary>Opens a classifier.</summary>
    /// <param name="options">Which, and how.</param>
    /// <exception cref="InputException"> <c>classifier-labels</c>, <c>classifier-activation</c>: the model does not say, the user must; <c>scorer-file</c>:
    /// options that are not possible; <c>tokenizer</c>, <c>classifier-tokenizer</c>; and the errors of <see cref="ClassifierCatalog.Load"/>. </exception>
    public static ClassifierScorer Open(ClassifierOptions options)
    {
        var (labels, attributes, activation) = Check(options);
        var model = ClassifierCatalog.Load(options.Folder, options.Precision);
        try
        {
            var tokens = new TextTokens(options.Folder, model.Sizes.Context, options.MaxTokens);
            return tokens.Special.All(id => id < model.Sizes.Vocabulary)
                ? new ClassifierScorer(options, model, tokens, activation, labels, attributes)
                : throw new InputException(
                    "classifier-tokenizer",
                    $"scoring with the classifier '{options.Folder}'",
                    $"its tokenizer puts a token {tokens.Special.Max()} around every text and its model has {model.Sizes.Vocabulary} tokens",
                    "Give a folder whose tokenizer and weights belong together");
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Finds out from <c>config.json</c> alone whether a classifier can be used: what can be told before its weights are there.</summary>
    /// <exception cref="InputException">It cannot; as for <see cref="Open"/>.</exception>
    public static void CheckConfiguration(ClassifierOptions options) => Check(options);

    /// <summary>Finds out whether a classifier's tokenizer can be used, before its weights are there.</summary>
    /// <exception cref="InputException"><c>tokenizer</c>, <c>tokenizer-config</c>: it cannot.</exception>
    public static void CheckTokenizer(string folder) => _ = new TextTokens(folder, int.MaxValue, asked: null);

    /// <summary>
    /// Scores texts. A text without a token is missing with the reason <c>empty_text</c>, one with a token that the model has no embedding for with
    /// <c>token_beyond_vocabulary</c>, one whose logits are not finite with <c>not_finite</c>, a score outside the range with <c>out_of_range</c>.
    /// </summary>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var (ids, cut) = (new int[texts.Count][], new int[texts.Count]);
        ParallelRows.For(
            texts.Count,
            (first, end) =>
            {
                for (var i = first; i < end; i++)
                {
                    ids[i] = _tokens.Of(texts[i], out cut[i]);
                }
            },
            grain: 8);
        _texts += texts.Count;
        _cut += cut.Count(tokens => tokens > 0);
        var answers = new TextScore[texts.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            if (Array.Exists(ids[i], id => id >= _model.Sizes.Vocabulary))
            {
                answers[i] = TextScore.AllMissing(Attributes, MissingReason.TokenBeyondVocabulary);
                ids[i] = [];
            }
        }

        foreach (var batch in Batches(ids))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Score(batch, ids, cut, answers);
        }

        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] ??= TextScore.AllMissing(Attributes, MissingReason.EmptyText);
        }

        return new(answers);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private static (IReadOnlyList<string> Labels, IReadOnlyList<string?> Attributes, Activation Activation) Check(ClassifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var config = ModelConfig.FromFolder(options.Folder);
        ClassifierCatalog.Check(config, options.Folder);
        var labels = ClassifierLabels.Names(config);
        var attributes = LabelTable.Attributes(labels, options.Labels);
        return (labels, attributes, ActivationRule.Of(config, labels, attributes.Count(attribute => attribute is null), options.Activation));
    }

    /// <summary>Texts of similar length together, the longest first.</summary>
    private IEnumerable<List<int>> Batches(int[][] ids)
    {
        var (batch, tokens) = (new List<int>(), 0);
        foreach (var i in Enumerable.Range(0, ids.Length).Where(i => ids[i].Length > 0).OrderByDescending(i => ids[i].Length))
        {
            batch.Add(i);
            tokens += ids[i].Length;
            if (tokens >= _options.TokensAtATime)
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private void Score(List<int> batch, int[][] ids, int[] cut, TextScore[] answers)
    {
        using var scope = torch.NewDisposeScope();
        var logits = _model.Forward(new SequenceBatch([.. batch.Select(i => new ReadOnlyMemory<int>(ids[i]))])); // [texts, labels]
        var values = TensorMemory.Span<float>(logits);
        var labels = _attributeOf.Count;
        var outputs = new double[labels];
        for (var row = 0; row < batch.Count; row++)
        {
            ActivationRule.Apply(_activation, values.Slice(row * labels, labels), outputs);
            var (scores, missing) = (new Dictionary<string, double>(labels), new Dictionary<string, string>());
            for (var label = 0; label < labels; label++)
            {
                if (_attributeOf[label] is { } attribute)
                {
                    var score = Math.Round((outputs[label] - _options.Range.Low) / (_options.Range.High - _options.Range.Low), Decimals);
                    if (score is >= 0 and <= 1)
                    {
                        scores[attribute] = score;
                    }
                    else
                    {
                        missing[attribute] = double.IsFinite(score) ? MissingReason.OutOfRange : MissingReason.NotFinite;
                    }
                }
            }

            answers[batch[row]] = new TextScore(scores, missing) { TokensCut = cut[batch[row]] };
        }

        GC.KeepAlive(logits);
    }
}
