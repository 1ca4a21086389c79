using AlignedProbing.Files;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs;

// What is read is compared with the sums and the order that it was written with.
public sealed partial class RunFolder
{
    private PromptOrder? _order;
    private bool _strict;

    /// <summary>Reads a chunk's rows: one for each of its prompts, in order.</summary>
    /// <exception cref="InputException">The file is not what was written, or does not hold the chunk's prompts in their order.</exception>
    public IReadOnlyList<EncodedPrompt> ReadEncodedPrompts(int chunk)
    {
        var path = Path.Combine(EncodingFolder(chunk), "rows.jsonl");
        var sums = UnitSums.PathIn(EncodingFolder(chunk));
        var rows = ReadLines<EncodedPrompt>(path, sums);
        OrderFor(sums)?.CheckAll([.. rows.Select(row => row.PromptId)], chunk, path);
        return rows;
    }

    /// <summary>Reads a chunk's continuations: by prompt, then by number.</summary>
    /// <exception cref="InputException">The file is not what was written, or a line is foreign, there twice or out of order.</exception>
    public IReadOnlyList<Continuation> ReadContinuations(int chunk)
    {
        var path = Path.Combine(EncodingFolder(chunk), "continuations.jsonl");
        var sums = UnitSums.PathIn(EncodingFolder(chunk));
        var continuations = ReadLines<Continuation>(path, sums);
        OrderFor(sums)?.CheckTexts(continuations.Select(continuation => (continuation.PromptId, (int?)continuation.Number)), chunk, path);
        return continuations;
    }

    /// <summary>Reads a chunk of scores: by prompt, the prompt's own first, then by number.</summary>
    /// <exception cref="InputException">The file is not what was written, or a line is foreign, there twice or out of order.</exception>
    public IReadOnlyList<ScoredText> ReadScores(string scorer, int chunk)
    {
        var path = ScoresPath(scorer, chunk);
        var sums = UnitSums.PathBeside(path);
        var scores = ReadLines<ScoredText>(path, sums);
        OrderFor(sums)?.CheckTexts(scores.Select(score => (score.PromptId, score.Number)), chunk, path);
        return scores;
    }

    /// <summary>Reads one layer's probe runs.</summary>
    /// <exception cref="InputException">The file is not what was written.</exception>
    public IReadOnlyList<ProbeRun> ReadProbeRuns(string probe, string scorer, int layer)
    {
        var path = ProbeRunsPath(probe, scorer, layer);
        return ReadLines<ProbeRun>(path, UnitSums.PathBeside(path));
    }

    /// <summary>Reads one layer's online codes.</summary>
    /// <exception cref="InputException">The file is not what was written.</exception>
    public IReadOnlyList<ProbeCode> ReadProbeCodes(string probe, string scorer, int layer)
    {
        var path = ProbeCodesPath(probe, scorer, layer);
        return ReadLines<ProbeCode>(path, UnitSums.PathBeside(path));
    }

    /// <summary>Reads a file of lines and compares it with its sum, where its unit carries one.</summary>
    internal static IReadOnlyList<T> ReadLines<T>(string path, string sums)
    {
        var sum = UnitSums.Of(path, sums);
        return File.Exists(path) || sum is null
            ? [.. JsonLines.ReadFile<T>(path, sum is null ? null : (bytes, sha256) => DamagedFile.ThrowIfOther(path, sum, bytes, sha256))]
            : throw DamagedFile.Of(path, "it is not there");
    }

    /// <summary>The same run, read so that the order of lines is checked also where a unit carries no sums.</summary>
    internal RunFolder Strictly() => new(FullPath, _encodings) { _strict = true };

    // Who joins by id needs no order, and folders of earlier versions are read as they always were. The prompts are read once: they do not change.
    private PromptOrder? OrderFor(string sums) =>
        _strict || UnitSums.Read(sums) is not null ? _order ??= new PromptOrder(ReadPrompts(), ReadManifest().Encoding.Chunk, PromptsPath) : null;
}
