using AlignedProbing.Torch.Encoding;
using System.Globalization;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Classifiers;
using TorchSharp;

namespace AlignedProbing.Torch.Scorers.Judges;

/// <summary>
/// A chat model in a folder as a judge: questions go through its chat template, and the most probable token is taken until the model ends its answer. An answer
/// depends on its question alone,
/// whatever the batch and the number of threads. The weights are loaded with the first question.
/// </summary>
public sealed class ModelJudge : IJudgeModel, IDisposable
{
    private readonly ModelJudgeOptions _options;
    private readonly Tokenizer _tokenizer;
    private readonly HashSet<int> _endOfText;
    private readonly int _context;
    private readonly Dictionary<(string?, string, string), PromptRenderer> _renderers = [];
    private CausalModel? _model;

    /// <summary>Reads everything but the weights.</summary>
    /// <param name="options">Which model, and how.</param>
    /// <exception cref="InputException"><c>judge-template</c>: the model has no chat template; <c>scorer-file</c>, <c>tokenizer</c>; and those of
    /// <see cref="ModelCatalog.Describe"/>.</exception>
    public ModelJudge(ModelJudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        var description = ModelCatalog.Describe(options.Folder);
        _context = description.Sizes.Context;
        _tokenizer = OpenTokenizer(options.Folder);
        _endOfText = [.. GenerationSettings.FromFolder(options.Folder).EndOfText];
        Sha256 = ModelFingerprint.OfWeights(options.Folder);
        Details = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["architecture"] = description.Architecture,
            ["precision"] = options.Precision.ToString().ToLowerInvariant(),
            ["answer_tokens"] = options.AnswerTokens.ToString(CultureInfo.InvariantCulture),
            ["tokenizer_and_config_sha256"] = ModelFingerprint.OfTheRest(options.Folder),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Details { get; }

    /// <inheritdoc/>
    public string? Sha256 { get; }

    /// <summary>Finds out whether a model's tokenizer and chat template are there to ask it, before its weights are.</summary>
    /// <exception cref="InputException"><c>judge-template</c>: it has no chat template; <c>tokenizer</c>: its tokenizer cannot be used.</exception>
    public static void CheckTokenizer(string folder) => OpenTokenizer(folder);

    /// <summary>
    /// Answers questions; one that does not fit the model's context is missing with the reason <c>too_long</c>, one that the model does not end in time with
    /// <c>unparsable_answer</c>.
    /// </summary>
    public ValueTask<IReadOnlyList<JudgeAnswer>> AskAsync(IReadOnlyList<JudgeQuestion> questions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(questions);
        _model ??= ModelCatalog.Load(_options.Folder, new ModelLoadOptions { Precision = _options.Precision });
        var ids = questions.Select(Render).ToArray();
        var answers = new JudgeAnswer[questions.Count];
        var asked = Enumerable
            .Range(0, ids.Length)
            .Where(i => ids[i].Length + _options.AnswerTokens <= _context)
            .OrderByDescending(i => ids[i].Length)
            .ToArray();
        Array.Fill(answers, new JudgeAnswer(null, JudgeAnswer.TooLong));
        foreach (var batch in asked.Chunk(_options.QuestionsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var said = Continue([.. batch.Select(i => ids[i])], cancellationToken);
            for (var row = 0; row < batch.Length; row++)
            {
                var ended = said[row].Count > 0 && _endOfText.Contains(said[row][^1]);
                var text = _tokenizer.DecodeContinuation(ids[batch[row]], [.. ended ? said[row].SkipLast(1) : said[row]], skipSpecialTokens: true);
                answers[batch[row]] = new JudgeAnswer(text, ended ? null : JudgeAnswer.Unparsable);
            }
        }

        return new(answers);
    }

    /// <inheritdoc/>
    public void Dispose() => _model?.Dispose();

    private static Tokenizer OpenTokenizer(string folder)
    {
        Tokenizer tokenizer;
        try
        {
            tokenizer = Tokenizer.FromFolder(folder);
        }
        catch (TokenizerException error)
        {
            throw new InputException(
                "tokenizer",
                $"reading the tokenizer of the judge '{folder}'",
                error.Message.TrimEnd('.'),
                "Give a folder that holds the model's tokenizer too",
                error);
        }

        return PromptRenderer.WithChatTemplateOf(folder, tokenizer) is not null
            ? tokenizer
            : throw new InputException(
                "judge-template",
                $"judging with '{folder}'",
                "the model has no chat template, so it was not trained to answer questions",
                "Take a model that was tuned for chat or instructions");
    }

    private int[] Render(JudgeQuestion question)
    {
        var key = (question.System, question.Before, question.Behind);
        if (!_renderers.TryGetValue(key, out var renderer))
        {
            var template = new PromptTemplate(question.System, question.Before + PromptTemplate.Placeholder + question.Behind);
            renderer = PromptRenderer.WithChatTemplateOf(_options.Folder, _tokenizer, new PromptRendererOptions { Templates = [template] })!;
            _renderers.Add(key, renderer);
        }

        return renderer.Render(new Prompt { Id = "", Text = question.Text }).Ids;
    }

    /// <summary>The most probable continuation of each sequence, the token that ends it included.</summary>
    private List<int>[] Continue(int[][] sequences, CancellationToken cancellationToken)
    {
        var said = sequences.Select(_ => new List<int>()).ToArray();
        using var cache = new KeyValueCache(CacheLayout.Uniform(sequences.Select(ids => ids.Length), 1, _options.AnswerTokens));
        var best = new BestTokens();
        var last = -1;
        var batch = new TokenBatch(cache, [.. sequences.Select((ids, i) => new TokenSegment(i, -1, ids))], [.. sequences.Select(ids => last += ids.Length)]);
        int[] going = [.. Enumerable.Range(0, sequences.Length)];
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            best.Ids.Clear();
            _model!.Forward(batch, cache, best);
            for (var row = 0; row < going.Length; row++)
            {
                said[going[row]].Add(best.Ids[row]);
            }

            going = [.. going.Where(i => said[i].Count < _options.AnswerTokens && !_endOfText.Contains(said[i][^1]))];
            if (going.Length == 0)
            {
                return said;
            }

            batch = new TokenBatch(cache, [.. going.Select(i => new TokenSegment(i, i, new[] { said[i][^1] }))], [.. Enumerable.Range(0, going.Length)]);
        }
    }

    private sealed class BestTokens : IForwardObserver
    {
        public List<int> Ids { get; } = [];

        public void OnStates(int layer, torch.Tensor states)
        {
            // An answer has no use for them.
        }

        public void OnLogits(int first, torch.Tensor logits)
        {
            using var scope = torch.NewDisposeScope();
            foreach (var id in TensorMemory.Span<long>(DeviceCopies.ToHost(logits.argmax(1))))
            {
                Ids.Add((int)id);
            }
        }
    }
}
