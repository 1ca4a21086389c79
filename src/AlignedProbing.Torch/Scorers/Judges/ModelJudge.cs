using AlignedProbing.Torch.Weights;
using System.Globalization;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Scorers.Judges;

/// <summary>
/// A chat model in a folder as a judge: questions go through its chat template, and the most probable token is taken until the model ends its answer. An answer
/// depends on its question alone, whatever the batch and the number of threads. The weights are loaded with the first question.
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
            ["precision"] = PrecisionNames.Of(options.Precision),
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
            .Where(i => ids[i].Length + _options.AnswerTokens <= _context && !HasUnknownToken(i))
            .OrderByDescending(i => ids[i].Length)
            .ToArray();
        Array.Fill(answers, new JudgeAnswer(null, JudgeAnswer.TooLong));
        foreach (var i in Enumerable.Range(0, ids.Length).Where(HasUnknownToken))
        {
            answers[i] = new JudgeAnswer(null, MissingReason.TokenBeyondVocabulary);
        }

        foreach (var batch in asked.Chunk(_options.QuestionsAtATime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var said = Continue([.. batch.Select(i => ids[i])], cancellationToken);
            for (var row = 0; row < batch.Length; row++)
            {
                var text = _tokenizer.DecodeContinuation(ids[batch[row]], [.. said[row].Ids], skipSpecialTokens: true);
                answers[batch[row]] = new JudgeAnswer(text, said[row].EndOfText is null ? JudgeAnswer.Unparsable : null);
            }
        }

        return new(answers);

        bool HasUnknownToken(int i) => Array.Exists(ids[i], id => id >= _model.Sizes.Vocabulary);
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

    /// <summary>The most probable continuation of each sequence.</summary>
    private TokenTail[] Continue(int[][] sequences, CancellationToken cancellationToken)
    {
        var said = Array.ConvertAll(sequences, _ => new TokenTail(TokenSource.Greedy, _options.AnswerTokens));
        new TokenEngine(_model!, new TokenEngineOptions { EndOfText = _endOfText })
            .Run([.. sequences.Select((ids, i) => new TokenSequence(ids, [said[i]]))], observer: null, cancellationToken);
        return said;
    }
}
