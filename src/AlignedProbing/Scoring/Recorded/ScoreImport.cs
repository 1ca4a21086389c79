using AlignedProbing.Runs;

namespace AlignedProbing.Scoring.Recorded;

/// <summary>Takes scores from a file into a run, as a scorer of their own.</summary>
public static class ScoreImport
{
    /// <summary>
    /// The name that scores from a file take where none is given: the file's, in lower case, with '-' for what a folder's name should not hold.
    /// </summary>
    public static string NameOf(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path).ToLowerInvariant();
        var name = string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).Trim('.', '_', '-');
        return name[..Math.Min(name.Length, 100)];
    }

    /// <summary>Opens a file of scores, for a run of which it must know at least one text.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">A JSONL file, or a CSV file whose name ends in <c>.csv</c>.</param>
    /// <param name="name">The name they take among scorers.</param>
    /// <exception cref="InputException">The file or the name cannot be used, or the file says nothing of any text of the run.</exception>
    public static RecordedScorer Open(RunFolder run, string path, string name)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (name is GivenScores.Name or PropertyScores.Name || ScorerCatalog.Names.Contains(name) || !ScorerIdentity.IsName(name))
        {
            throw new InputException(
                "scorer-unusable",
                $"importing '{path}' as '{name}'",
                ScorerIdentity.IsName(name) ? "that is another scorer's name, and a reader would take these scores for its" : "a scorer cannot have that name",
                "Name it with --scorer: lower-case letters, digits, '-', '_' and '.', for example --scorer human-ratings");
        }

        var scorer = RecordedScorer.Open(path, name);
        return RunTexts.Of(run).Any(text => scorer.Knows(text.PromptId, text.Number, text.Text))
            ? scorer
            : throw new InputException(
                "scores-file",
                $"importing scores from '{path}'",
                "it says nothing of any text of the run: no prompt_id with number, no text and no text_sha256 is one of the run's",
                "Export the run's own scores (score --export) to see which texts it has; texts must be the same to the last blank");
    }
}
