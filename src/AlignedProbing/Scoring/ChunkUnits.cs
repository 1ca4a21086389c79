using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>The chunks of one scorer in a run: which are there, which are to be done, and how far they have come.</summary>
internal sealed class ChunkUnits
{
    private readonly RunFolder _run;
    private readonly string _scorer;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly EncodingManifest _encoding;

    private ChunkUnits(RunFolder run, string scorer, IReadOnlyList<int> all, IReadOnlyList<Prompt> prompts, EncodingManifest encoding)
    {
        (_run, _scorer, All, _prompts, _encoding) = (run, scorer, all, prompts, encoding);
    }

    /// <summary>The chunks of the share.</summary>
    public IReadOnlyList<int> All { get; }

    /// <summary>The chunks of a run that belong to a share.</summary>
    public static ChunkUnits Of(RunFolder run, string scorer, Shard shard, IReadOnlyList<Prompt> prompts, EncodingManifest encoding) =>
        new(run, scorer, [.. Enumerable.Range(0, RunFolder.ChunkCount(prompts.Count, encoding.Chunk)).Where(shard.Holds)], prompts, encoding);

    /// <summary>The prompts of a chunk, in order.</summary>
    public IReadOnlyList<Prompt> PromptsOf(int chunk) => [.. _prompts.Skip(chunk * _encoding.Chunk).Take(_encoding.Chunk)];

    /// <summary>Does the chunks that are not there yet and writes each one complete or not at all.</summary>
    /// <param name="progress">Told the number of texts done.</param>
    /// <param name="score">Scores a chunk; tells the number of its texts done so far.</param>
    /// <param name="cancellationToken">Stops before the next chunk.</param>
    public async Task<StageResult> RunAsync(
        IProgress<StageProgress>? progress,
        Func<int, Action<int>, Task<IEnumerable<ScoredText>>> score,
        CancellationToken cancellationToken)
    {
        var missing = All.Where(chunk => !File.Exists(_run.ScoresPath(_scorer, chunk))).ToArray();
        var failed = new List<UnitFailure>();
        var written = 0;
        long total = All.Sum(ExpectedTexts);
        var before = total - missing.Sum(ExpectedTexts);
        var done = before;
        Report(0);
        foreach (var chunk in missing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var expected = ExpectedTexts(chunk);
            try
            {
                var scored = await score(chunk, texts => Report(Math.Min(texts, expected))).ConfigureAwait(false);
                JsonLines.WriteFile(_run.ScoresPath(_scorer, chunk), scored);
                done += expected;
                written++;
            }
            catch (ScorerUnavailableException error)
            {
                // Nobody answers: to ask again for every chunk that is left would only take longer.
                var left = missing.Length - Array.IndexOf(missing, chunk);
                failed.Add(
                    new UnitFailure(
                        $"scores/{_scorer}/{chunk:00000}{(left == 1 ? "" : $" and the {left - 1} after it")}",
                        $"{error.Message} (docs/errors/{error.Fault.Code}.md)"));
                break;
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // One chunk's fault is told and the others go on: a long run is not lost to one of them.
                failed.Add(new UnitFailure($"scores/{_scorer}/{chunk:00000}", error.Message));
            }

            Report(0);
        }

        return new StageResult(written, All.Count - missing.Length, failed);

        void Report(long more) => progress?.Report(new StageProgress("score", done + more, total, "texts", before));
    }

    // What a chunk holds when every continuation is there; used for progress alone.
    private long ExpectedTexts(int chunk) =>
        PromptsOf(chunk).Sum(prompt => 1L + (_encoding.Continuations == "given" ? prompt.Continuations.Count : _encoding.Samples));
}
