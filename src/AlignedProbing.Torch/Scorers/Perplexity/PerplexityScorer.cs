using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Scorers.Perplexity;

/// <summary>
/// A causal language model that reads texts: <c>token_probability</c> is the geometric mean of the probabilities it gives to a text's tokens, 1 / perplexity,
/// in (0, 1]. A continuation is read after its prompt and counted alone, a prompt by itself. Texts go through the model's own tokenizer, without a template, a
/// continuation as given ones do (docs/reference/encoding.md). A score does not depend on the batch and the number of threads. The weights are loaded with the
/// first text.
/// </summary>
public sealed class PerplexityScorer : IScorer, IDisposable
{
    /// <summary>Why a prompt has no perplexity: it is one token with nothing before it.</summary>
    public const string TooFewTokens = "too_few_tokens";

    // Changes whenever the same options could give another score.
    private const string Method = "1";

    private readonly PerplexityOptions _options;
    private readonly Tokenizer _tokenizer;
    private readonly PromptRenderer _renderer;
    private readonly ModelSizes _sizes;
    private CausalModel? _model;

    /// <summary>Reads everything but the weights.</summary>
    /// <param name="options">Which model, and how.</param>
    /// <exception cref="InputException"><c>tokenizer</c>: it cannot be read; and those of <see cref="ModelCatalog.Describe"/>.</exception>
    public PerplexityScorer(PerplexityOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var description = ModelCatalog.Describe(options.Folder);
        _sizes = description.Sizes;
        _tokenizer = OpenTokenizer(options.Folder);
        _renderer = new PromptRenderer(_tokenizer, null);
        Sha256 = ModelFingerprint.OfWeights(options.Folder);
        Details = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["architecture"] = description.Architecture,
            ["precision"] = PrecisionNames.Of(options.Precision),
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
    public IReadOnlyList<string> Attributes { get; } = [TextProperty.TokenProbability];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Details { get; }

    /// <inheritdoc/>
    public bool ReadsContext => true;

    /// <summary>Finds out whether a model's tokenizer can be used, before its weights are there.</summary>
    /// <exception cref="InputException"><c>tokenizer</c>: it cannot.</exception>
    public static void CheckTokenizer(string folder) => OpenTokenizer(folder);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return ScoreInContextAsync([.. texts.Select(text => new TextInContext(text))], cancellationToken);
    }

    /// <summary>
    /// Reads texts, each after what it goes on. Missing: <c>empty_text</c> and <c>empty_continuation</c> (no token), <c>empty_prompt</c> (the prompt has no
    /// token to go on), <c>too_few_tokens</c> (a text that stands alone, of one token with nothing before it), <c>context_too_short</c>,
    /// <c>token_beyond_vocabulary</c>, <c>not_finite</c>.
    /// </summary>
    public ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _model ??= ModelCatalog.Load(_options.Folder, new ModelLoadOptions { Precision = _options.Precision });
        var answers = new TextScore[texts.Count];
        // A prompt and all that goes on it are read together, the prompt once.
        var asked = texts
            .Index()
            .GroupBy(pair => pair.Item.Before ?? pair.Item.Text, StringComparer.Ordinal)
            .Select(group => Prepare(group.Key, [.. group], answers))
            .OfType<PromptTexts>()
            .ToArray();
        var most = asked.Select(prompt => prompt.Sequence.Tails.Count).DefaultIfEmpty(0).Max();
        var plan = BatchPlanner.Plan(
            [.. asked.Select(prompt => prompt.Sequence.Prompt.Length)],
            [.. asked.Select(prompt => prompt.Sequence.Tails.Sum(tail => tail.Length))],
            most,
            null,
            prompts: BatchPlanner.PromptsWithin(_model.Sizes, most, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
        var pass = new LikelihoodPass(_model);
        foreach (var batch in plan)
        {
            pass.Run([.. batch.Select(i => asked[i].Sequence)], cancellationToken);
            foreach (var i in batch)
            {
                var (sequence, own, tails) = asked[i];
                own.ForEach(index => answers[index] = Score(sequence.Own));
                foreach (var (number, index) in tails.Index())
                {
                    answers[index] = Score(sequence.OfTails[number]);
                }
            }
        }

        return new(answers);
    }

    /// <inheritdoc/>
    public void Dispose() => _model?.Dispose();

    private static Tokenizer OpenTokenizer(string folder)
    {
        try
        {
            return Tokenizer.FromFolder(folder);
        }
        catch (TokenizerException error)
        {
            throw new InputException(
                "tokenizer",
                $"reading the tokenizer of the model '{folder}'",
                error.Message.TrimEnd('.'),
                "Give a folder that holds the model's tokenizer too",
                error);
        }
    }

    /// <summary>
    /// A prompt's tokens with those of the texts that go on it; texts that cannot be read get their reason. Null where nothing is left to read.
    /// </summary>
    private PromptTexts? Prepare(string prompt, IReadOnlyList<(int Index, TextInContext Item)> texts, TextScore[] answers)
    {
        var rendered = _renderer.Render(new Prompt { Id = "", Text = prompt });
        var first = Math.Max(1, rendered.SpanStart);
        var (own, tails, ids) = (new List<int>(), new List<int>(), new List<int[]>());
        foreach (var (index, text) in texts)
        {
            var tokens = text.Before is null ? null : ContinuationTokens.Of(text.Text, _tokenizer);
            var reason = rendered.Ids.Length == 0 ? text.Before is null ? MissingReason.EmptyText : MissingReason.EmptyPrompt
                : tokens is { Length: 0 } ? MissingReason.EmptyContinuation
                : Array.Exists(rendered.Ids, IsUnknown) || Array.Exists(tokens ?? [], IsUnknown) ? MissingReason.TokenBeyondVocabulary
                : rendered.Ids.Length + (tokens?.Length ?? 0) > _sizes.Context ? MissingReason.ContextTooShort
                : tokens is null && rendered.SpanStart == rendered.SpanEnd ? MissingReason.EmptyText
                : tokens is null && rendered.SpanEnd <= first ? TooFewTokens
                : null;
            if (reason is not null)
            {
                answers[index] = TextScore.AllMissing(Attributes, reason);
                continue;
            }

            if (tokens is null)
            {
                own.Add(index);
            }
            else
            {
                tails.Add(index);
                ids.Add(tokens);
            }
        }

        return own.Count + tails.Count == 0
            ? null
            : new PromptTexts(new LikelihoodSequence(rendered.Ids, first, own.Count > 0 ? rendered.SpanEnd : 0, ids), own, tails);
    }

    private bool IsUnknown(int id) => id >= _sizes.Vocabulary;

    private TextScore Score(double[] logProbabilities)
    {
        var mean = logProbabilities.Sum() / logProbabilities.Length;
        return double.IsFinite(mean)
            ? new TextScore(new Dictionary<string, double> { [TextProperty.TokenProbability] = Math.Exp(Math.Min(mean, 0)) }, new Dictionary<string, string>())
            {
                Tokens = logProbabilities.Length,
            }
            : TextScore.AllMissing(Attributes, MissingReason.NotFinite);
    }

    /// <summary>What is read of a prompt, and whose answers it is.</summary>
    private sealed record PromptTexts(LikelihoodSequence Sequence, List<int> Own, List<int> Tails);
}
