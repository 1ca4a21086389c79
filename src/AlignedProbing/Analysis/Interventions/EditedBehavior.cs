using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>A run's behaviour prompt by prompt, edited or not.</summary>
/// <param name="Name">The intervention's name.</param>
/// <param name="Scores">By scorer and attribute, in the scorers' and attributes' order.</param>
internal sealed record EditedBehavior(string Name, IReadOnlyList<(string Scorer, string Attribute, RunBehavior Behavior)> Scores)
{
    /// <summary>Reads it.</summary>
    public static EditedBehavior Read(RunFolder folder, string name, CancellationToken cancellationToken)
    {
        var source = new ComparedSource(folder, name, cancellationToken);
        int[] everywhere = [.. Enumerable.Range(0, source.Index.Count)];
        int[] k = [.. source.Index.Expected];
        return new EditedBehavior(
            name,
            [
                .. source.Judges.SelectMany(scorer => source.Scores(scorer, cancellationToken).Attributes
                    .Where(scores => !TextProperty.Is(scores.Attribute))
                    .Select(scores => (scorer, scores.Attribute, RunBehavior.Of(scores, everywhere, k, k)))),
            ]);
    }

    /// <summary>One attribute's; null where it has none.</summary>
    public RunBehavior? Of(string scorer, string attribute) =>
        Scores.FirstOrDefault(scores => scores.Scorer == scorer && scores.Attribute == attribute).Behavior;
}
