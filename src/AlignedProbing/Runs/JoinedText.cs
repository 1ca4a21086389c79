namespace AlignedProbing.Runs;

/// <summary>A text of a run with its scores.</summary>
/// <param name="Prompt">Place of its prompt in prompts.jsonl, from 0.</param>
/// <param name="Number">The continuation's number; null for the prompt itself.</param>
/// <param name="Scores">A score, or why there is none, for each attribute that its row names.</param>
/// <param name="Tokens">Tokens that a scorer which is a model read of it; null where it says nothing of them.</param>
public sealed record JoinedText(int Prompt, int? Number, IReadOnlyList<TextScoreOf> Scores, int? Tokens)
{
    /// <summary>The score of an attribute; null where there is none.</summary>
    public double? Score(string attribute) => Scores.FirstOrDefault(score => score.Attribute == attribute).Score;
}
