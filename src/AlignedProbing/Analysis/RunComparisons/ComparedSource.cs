using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>A run that is compared, and what was read of it.</summary>
internal sealed class ComparedSource
{
    private readonly Dictionary<string, StoredScores> _scores = new(StringComparer.Ordinal);

    public ComparedSource(RunFolder folder, string name, CancellationToken cancellationToken)
    {
        (Folder, Name, Manifest) = (folder, name, folder.ReadManifest());
        Index = new PromptIndex(Manifest, folder.ReadPrompts());
        Texts = StoredTexts.Read(folder, Index, cancellationToken);
    }

    public RunFolder Folder { get; }

    public string Name { get; }

    public Manifest Manifest { get; }

    public PromptIndex Index { get; }

    public StoredTexts Texts { get; }

    /// <summary>Those who judged, the prompt set's own scores last; after them who only describes texts (the perplexity under another model).</summary>
    public IReadOnlyList<string> Judges =>
        [
            .. Folder
                .Scorers()
                .Where(scorer => scorer != ScoredText.Properties)
                .OrderBy(scorer => Scores(scorer, CancellationToken.None).OnlyDescribes)
                .ThenBy(scorer => scorer == "given"),
        ];

    /// <summary>A scorer's scores; read once.</summary>
    public StoredScores Scores(string scorer, CancellationToken cancellationToken)
    {
        if (!_scores.TryGetValue(scorer, out var stored))
        {
            _scores[scorer] = stored = StoredScores.Read(Folder, scorer, Index, Texts, cancellationToken);
        }

        return stored;
    }
}
