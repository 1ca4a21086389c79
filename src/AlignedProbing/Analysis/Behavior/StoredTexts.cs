using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Behavior;

/// <summary>What is kept of the encodings while analysing: a few numbers a prompt, read chunk by chunk, so that memory does not grow with the texts.</summary>
internal sealed class StoredTexts
{
    private StoredTexts(int prompts)
    {
        Encoded = new bool[prompts];
        PromptMissing = new string?[prompts];
        Continuations = new int[prompts];
        Tokens = new long[prompts];
        Probabilities = new LogProbabilities(prompts);
        InputTokens = new int[prompts];
        Repeated = new double[prompts];
        Repeated.AsSpan().Fill(double.NaN);
        Distinct = new double[DistinctNGrams.Longest][];
        for (var n = 0; n < Distinct.Length; n++)
        {
            Distinct[n] = new double[prompts];
            Distinct[n].AsSpan().Fill(double.NaN);
        }
    }

    /// <summary>Whether a prompt's chunk has been encoded.</summary>
    public bool[] Encoded { get; }

    /// <summary>Why a prompt has no input vector; null where it has one.</summary>
    public string?[] PromptMissing { get; }

    /// <summary>Tokens pooled into each prompt's input vector; 0 where there is none.</summary>
    public int[] InputTokens { get; }

    /// <summary>Tokens of each prompt's kept continuations, by their number; 0 where there is none.</summary>
    public Dictionary<int, int[]> OutputTokens { get; } = [];

    /// <summary>Continuations stored for each prompt.</summary>
    public int[] Continuations { get; }

    /// <summary>Their tokens, together.</summary>
    public long[] Tokens { get; }

    /// <summary>What the model gave to those of the tokens that have a log-probability.</summary>
    public LogProbabilities Probabilities { get; }

    /// <summary>Share of 4-grams that a continuation has said before, mean over each prompt's continuations that have any; NaN where none has.</summary>
    public double[] Repeated { get; }

    /// <summary>distinct-n of each prompt's continuations, n from 1 at index 0; NaN where they hold no n-gram.</summary>
    public double[][] Distinct { get; }

    /// <summary>Output vectors asked for.</summary>
    public int OutputVectors { get; private set; }

    /// <summary>Output vectors that are missing, by reason.</summary>
    public SortedDictionary<string, int> OutputMissing { get; } = new(StringComparer.Ordinal);

    /// <summary>How many of the kept continuations have a number of tokens, by that number.</summary>
    public SortedDictionary<int, int> Lengths { get; } = [];

    /// <summary>Prompts whose pooled span starts with the very first token the model reads.</summary>
    public int FirstTokenPooled { get; private set; }

    /// <summary>Number of prompts encoded.</summary>
    public int EncodedCount => Encoded.Count(encoded => encoded);

    /// <summary>Whether any text is there.</summary>
    public bool HasAny => Array.Exists(Encoded, encoded => encoded);

    public static StoredTexts Read(RunFolder run, PromptIndex prompts, CancellationToken cancellationToken)
    {
        var texts = new StoredTexts(prompts.Count);
        for (var chunk = 0; chunk < prompts.Chunks; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (run.HasEncoding(chunk))
            {
                texts.Add(run, chunk, prompts);
            }
        }

        return texts;
    }

    private void Add(RunFolder run, int chunk, PromptIndex prompts)
    {
        var folder = run.EncodingFolder(chunk);
        foreach (var row in run.ReadEncodedPrompts(chunk))
        {
            var prompt = prompts.Position(row.PromptId, folder);
            Encoded[prompt] = true;
            PromptMissing[prompt] = row.Missing;
            InputTokens[prompt] = row.InputTokens;
            FirstTokenPooled += row.Missing is null && row.SpanStart == 0 && row.SpanEnd > 0 ? 1 : 0;
        }

        var ofPrompt = new Dictionary<int, Dictionary<int, Continuation>>();
        foreach (var continuation in run.ReadContinuations(chunk))
        {
            var prompt = prompts.Position(continuation.PromptId, folder);
            if (!ofPrompt.TryGetValue(prompt, out var known))
            {
                ofPrompt[prompt] = known = [];
            }

            if (!known.TryAdd(continuation.Number, continuation))
            {
                throw PromptIndex.Broken($"prompt '{continuation.PromptId}' has two continuations with the number {continuation.Number}", folder);
            }
        }

        foreach (var (prompt, continuations) in ofPrompt)
        {
            Summarise(prompt, [.. continuations.Values.Where(WasContinued).OrderBy(continuation => continuation.Number)]);
        }

        foreach (var prompt in Enumerable.Range(0, prompts.Count).Where(prompt => prompts.ChunkOf(prompt) == chunk && Encoded[prompt]))
        {
            CountOutputVectors(prompt, prompts, ofPrompt.GetValueOrDefault(prompt));
        }
    }

    // An empty text may be what the model said (it ended at once, a length of 0) or stand for one it could not be asked for (no length at all).
    private static bool WasContinued(Continuation continuation) =>
        continuation.End != ContinuationEnd.None && !(continuation.Missing == MissingReason.ContextTooShort && continuation.TokenIds.Count == 0);

    private void Summarise(int prompt, Continuation[] continuations)
    {
        Continuations[prompt] = continuations.Length;
        foreach (var continuation in continuations)
        {
            Tokens[prompt] += continuation.TokenIds.Count;
            if (continuation.MeanLogProbability is { } mean && continuation.TokenIds.Count > 0)
            {
                Probabilities.Add(prompt, continuation.TokenIds.Count, mean * continuation.TokenIds.Count);
            }
        }

        double[] repeated = [.. continuations.Select(continuation => 1 - DistinctNGrams.Of([continuation.Text])[^1]).OfType<double>()];
        Repeated[prompt] = repeated.Length == 0 ? double.NaN : repeated.Average();
        var distinct = DistinctNGrams.Of([.. continuations.Select(continuation => continuation.Text)]);
        for (var n = 0; n < distinct.Length; n++)
        {
            Distinct[n][prompt] = distinct[n] ?? double.NaN;
        }
    }

    private void CountOutputVectors(int prompt, PromptIndex prompts, Dictionary<int, Continuation>? continuations)
    {
        foreach (var number in prompts.Manifest.Encoding.Keep)
        {
            OutputVectors++;
            var continuation = continuations?.GetValueOrDefault(number);
            var reason = continuation is null
                ? PromptMissing[prompt] ?? (number >= prompts.Expected[prompt] ? MissingReason.NotGiven : MissingReason.NotRun)
                : continuation.Missing;
            if (reason is not null)
            {
                OutputMissing[reason] = OutputMissing.GetValueOrDefault(reason) + 1;
            }
            else
            {
                if (!OutputTokens.TryGetValue(number, out var tokens))
                {
                    OutputTokens[number] = tokens = new int[prompts.Count];
                }

                tokens[prompt] = continuation!.TokenIds.Count;
                Lengths[continuation.TokenIds.Count] = Lengths.GetValueOrDefault(continuation.TokenIds.Count) + 1;
            }
        }
    }
}
