using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Scoring;

/// <summary>The chunks of one scorer in a run, and the loop that scores those that are not there.</summary>
internal sealed class ChunkUnits
{
    private readonly RunFolder _run;
    private readonly string _scorer;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly EncodingManifest _encoding;
    private readonly UnitStore _store;
    private readonly Shard _shard;
    private readonly UnitControl _control;

    private ChunkUnits(RunFolder run, string scorer, ScoringOptions options, IReadOnlyList<Prompt> prompts, Manifest manifest)
    {
        (_run, _scorer, _shard, _control, _prompts, _encoding) = (run, scorer, options.Shard, options.Control, prompts, manifest.Encoding);
        _store = UnitStore.Scores(run, manifest, scorer, prompts.Count);
    }

    /// <summary>The chunks of the share.</summary>
    public IReadOnlyList<int> All => _store.Of(_shard);

    /// <summary>The chunks of a run that belong to a share.</summary>
    public static ChunkUnits Of(RunFolder run, string scorer, ScoringOptions options, IReadOnlyList<Prompt> prompts, Manifest manifest) =>
        new(run, scorer, options, prompts, manifest);

    /// <summary>The prompts of a chunk, in order.</summary>
    public IReadOnlyList<Prompt> PromptsOf(int chunk) => [.. _prompts.Skip(chunk * _encoding.Chunk).Take(_encoding.Chunk)];

    /// <summary>Does the chunks that are not there yet and writes each one complete or not at all.</summary>
    /// <param name="progress">Told the number of texts done.</param>
    /// <param name="score">Scores a chunk; tells the number of its texts done so far.</param>
    /// <param name="cancellationToken">Stops before the next chunk.</param>
    public Task<StageResult> RunAsync(
        IProgress<StageProgress>? progress,
        Func<int, Action<int>, Task<IEnumerable<ScoredText>>> score,
        CancellationToken cancellationToken) =>
        Loop(progress).RunAsync(
            async (files, done) => Write(files, await score(files.Number, texts => done.At(texts)).ConfigureAwait(false)),
            cancellationToken);

    /// <summary>As <see cref="RunAsync"/>, for scores that nobody has to be asked for.</summary>
    public StageResult Run(IProgress<StageProgress>? progress, Func<int, IEnumerable<ScoredText>> score, CancellationToken cancellationToken) =>
        Loop(progress).Run((files, _) => Write(files, score(files.Number)), cancellationToken);

    private UnitLoop Loop(IProgress<StageProgress>? progress) => new(
        _store,
        new UnitLoopOptions
        {
            Stage = "score",
            Counted = "texts",
            Weight = ExpectedTexts,
            Shard = _shard,
            Control = _control,
            Progress = progress,
            // Nobody answers: to ask again for every chunk that is left would only take longer.
            Ends = error => error is ScorerUnavailableException unavailable ? $"{error.Message} (docs/errors/{unavailable.Fault.Code}.md)" : null,
        });

    private void Write(UnitFiles files, IEnumerable<ScoredText> scored) => JsonLines.WriteFile(files.PathOf(_run.ScoresPath(_scorer, files.Number)), scored);

    // What a chunk holds when every continuation is there; used for progress alone.
    private long ExpectedTexts(int chunk) =>
        PromptsOf(chunk).Sum(prompt => 1L + (_encoding.Continuations == "given" ? prompt.Continuations.Count : _encoding.Samples));
}
