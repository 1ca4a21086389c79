using AlignedProbing.Prompts;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>The ids that a run read and wrote, for encoding them again; read chunk by chunk as prompts are asked for.</summary>
internal sealed class ParentTokens
{
    private readonly RunFolder _run;
    private readonly Dictionary<string, int> _chunks;
    private readonly int _continuations;
    private Dictionary<string, EncodedPrompt> _rows = [];
    private ILookup<string, Continuation> _written = Array.Empty<Continuation>().ToLookup(_ => "");
    private int _chunk = -1;

    private ParentTokens(RunFolder run, IReadOnlyList<Prompt> prompts, EncodingManifest asked)
    {
        (_run, _continuations) = (run, asked.Keep.Max() + 1);
        _chunks = prompts.Index().ToDictionary(pair => pair.Item.Id, pair => pair.Index / asked.Chunk, StringComparer.Ordinal);
    }

    /// <summary>Checks that there is something to encode again.</summary>
    public static ParentTokens Of(RunFolder run, ControlEncoding control, IReadOnlyList<Prompt> prompts, EncodingManifest asked)
    {
        if (!ControlEncoding.Names.Contains(control.Control))
        {
            throw new InputException(
                "wrong-usage",
                $"encoding for the control task '{control.Control}'",
                "there is no such control that encodes",
                $"Take one of {string.Join(", ", ControlEncoding.Names)}");
        }

        ThrowIfIncomplete(run, prompts, asked, $"encoding '{run.FullPath}' for the control task '{control.Control}'");
        return new ParentTokens(run, prompts, asked);
    }

    /// <summary>Checks that there is something to continue again.</summary>
    public static ParentTokens OfEdited(RunFolder run, IReadOnlyList<Prompt> prompts, EncodingManifest asked)
    {
        ThrowIfIncomplete(run, prompts, asked, $"encoding '{run.FullPath}' with its model edited");
        return new ParentTokens(run, prompts, asked);
    }

    /// <summary>A prompt with the ids it had, to be continued anew.</summary>
    public PreparedPrompt PrepareAgain(Prompt prompt)
    {
        var row = RowOf(prompt);
        return new PreparedPrompt(prompt.Id, [.. row.TokenIds], row.SpanStart, row.SpanEnd, null, row.TokenIds.Count == 0 ? row.Missing : null);
    }

    /// <summary>A prompt with the ids it had, or with others of its own, and with the continuations it had.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="other">What it is rendered to instead; null for its own ids.</param>
    public PreparedPrompt Prepare(Prompt prompt, RenderedPrompt? other)
    {
        var row = RowOf(prompt);
        var written = _written[prompt.Id].ToDictionary(continuation => continuation.Number);
        PreparedContinuation[] given = [.. Enumerable.Range(0, _continuations).Select(number => written.GetValueOrDefault(number)).Select(continuation =>
            new PreparedContinuation(continuation?.Text ?? "", [.. continuation?.TokenIds ?? []]))];
        return other is null
            ? new PreparedPrompt(prompt.Id, [.. row.TokenIds], row.SpanStart, row.SpanEnd, given, row.TokenIds.Count == 0 ? row.Missing : null)
            : new PreparedPrompt(prompt.Id, other.Ids, other.SpanStart, other.SpanEnd, given, other.Missing);
    }

    private static void ThrowIfIncomplete(RunFolder run, IReadOnlyList<Prompt> prompts, EncodingManifest asked, string what)
    {
        var missing = Enumerable.Range(0, RunFolder.ChunkCount(prompts.Count, asked.Chunk)).Count(chunk => !run.HasEncoding(chunk));
        if (missing > 0)
        {
            throw new InputException(
                "run-incomplete",
                what,
                $"{missing} chunks are not encoded themselves",
                "Finish encoding the run first: its ids are encoded again");
        }
    }

    private EncodedPrompt RowOf(Prompt prompt)
    {
        Read(_chunks[prompt.Id]);
        return _rows.GetValueOrDefault(prompt.Id)
            ?? throw new InputException(
                "run-folder-broken",
                $"encoding '{prompt.Id}' again",
                $"'{_run.EncodingFolder(_chunk)}' does not have it",
                "Remove that folder and encode again; everything else is kept");
    }

    private void Read(int chunk)
    {
        if (chunk != _chunk)
        {
            _rows = _run.ReadEncodedPrompts(chunk).ToDictionary(row => row.PromptId, StringComparer.Ordinal);
            _written = _run.ReadContinuations(chunk).ToLookup(continuation => continuation.PromptId, StringComparer.Ordinal);
            _chunk = chunk;
        }
    }
}
