namespace AlignedProbing.Runs;

/// <summary>
/// A control task that encodes the run's prompts again and keeps its labels, so that what its vectors hold stands beside what the run's do:
/// <c>encodings.permutation/options.json</c> (docs/reference/probing.md, "Controls").
/// </summary>
/// <param name="Control">A name of <see cref="Names"/>.</param>
/// <param name="Seed">Its seed.</param>
public sealed record ControlEncoding(string Control, int Seed)
{
    /// <summary>The words of each prompt shuffled: how much of what is read is lexical.</summary>
    public const string Permutation = "permutation";

    /// <summary>The same architecture untrained: how much architecture and embedding give alone.</summary>
    public const string RandomWeights = "random_weights";

    /// <summary>The control tasks of this kind.</summary>
    public static IReadOnlyList<string> Names { get; } = [Permutation, RandomWeights];
}
