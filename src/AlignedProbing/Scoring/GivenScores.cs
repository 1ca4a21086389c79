using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>
/// The scores that the prompt set itself gives to its prompts and to their given continuations, as a scorer's results: <c>scores/given/00012.jsonl</c>.
/// They need no encodings and no scorer; what the set does not give is missing.
/// </summary>
public static class GivenScores
{
    /// <summary>The name they have among scorers.</summary>
    public const string Name = "given";

    /// <summary>Version of the way they are copied.</summary>
    public const string Version = "1";

    /// <summary>Copies what is not copied yet.</summary>
    /// <param name="run">A run with <c>--continuations given</c>.</param>
    /// <param name="options">Which chunks.</param>
    /// <param name="progress">Told the number of texts done.</param>
    /// <param name="cancellationToken">Stops between chunks; those finished so far are kept.</param>
    /// <exception cref="InputException">The run's continuations are sampled, so nobody has given them scores; or the prompt set gives no score at
    /// all.</exception>
    public static StageResult Run(RunFolder run, ScoringOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts());
        if (manifest.Encoding.Continuations != "given")
        {
            throw new InputException(
                "given-scores-sampled",
                $"using the prompt set's own scores in the run '{run.FullPath}'",
                "its continuations are sampled from the model, and the prompt set cannot have scores for them",
                "Score them with a scorer (for example --scorer ngram), or start a run with --continuations given");
        }

        var attributes = prompts
            .SelectMany(prompt => prompt.Scores.Concat(prompt.Continuations.SelectMany(continuation => continuation.Scores)))
            .Where(pair => pair.Value is not null)
            .Select(pair => pair.Key)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (attributes.Length == 0)
        {
            throw new InputException(
                "no-given-scores",
                $"using the prompt set's own scores in the run '{run.FullPath}'",
                $"'{manifest.Prompts.Name}' gives no score to any of the {prompts.Count} prompts used",
                "Take a prompt set with scores, or a scorer (for example --scorer ngram)");
        }

        RunFolder.StartOrResumeStage(
            run.ScorerFolder(Name),
            new ScorerIdentity { Name = Name, Version = Version, Sha256 = manifest.Prompts.Sha256, Attributes = attributes });
        var units = ChunkUnits.Of(run, Name, options, prompts, manifest);
        return units.Run(progress, chunk => units.PromptsOf(chunk).SelectMany(prompt => Rows(prompt, attributes)), cancellationToken);
    }

    private static IEnumerable<ScoredText> Rows(Prompt prompt, string[] attributes)
    {
        yield return Row(prompt.Id, null, prompt.Text, prompt.Scores, attributes);
        for (var i = 0; i < prompt.Continuations.Count; i++)
        {
            yield return Row(prompt.Id, i, prompt.Continuations[i].Text, prompt.Continuations[i].Scores, attributes);
        }
    }

    private static ScoredText Row(string promptId, int? number, string text, IReadOnlyDictionary<string, double?> given, string[] attributes)
    {
        var score = TextScore.IsEmpty(text)
            ? TextScore.AllMissing(attributes, MissingReason.EmptyText)
            : CheckedScorer.Check(attributes, given.GetValueOrDefault, _ => MissingReason.NotGiven);
        return new ScoredText { PromptId = promptId, Number = number, Scores = score.Scores, Missing = score.Missing, Scorer = Name, Version = Version };
    }
}
