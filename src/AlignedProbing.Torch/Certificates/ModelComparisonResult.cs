
namespace AlignedProbing.Torch.Certificates;

/// <summary>What came of a comparison.</summary>
public sealed record ModelComparisonResult
{
    /// <summary>How far values were allowed to be off.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Tokens of each prompt.</summary>
    public required IReadOnlyList<int> PromptLengths { get; init; }

    /// <summary>What was compared, in the order of the file's description (docs/guide/certificate.md).</summary>
    public required IReadOnlyList<ComparedPart> Parts { get; init; }

    /// <summary>The greedy continuations, with cache and without; empty where the file has none.</summary>
    public required IReadOnlyList<ComparedContinuation> Continuations { get; init; }

    /// <summary>What could have been compared and was not, each with its reason.</summary>
    public required IReadOnlyList<SkippedPart> Skipped { get; init; }

    /// <summary>Whether everything compared is within the tolerance.</summary>
    public bool Within => Parts.All(part => part.Difference <= Tolerance) && Continuations.All(continuation => continuation.Within);

    /// <summary>The largest difference of a tensor, over its layers; null where it was not compared.</summary>
    public double? Largest(string tensor) => Parts.Where(part => part.Tensor == tensor).Select(part => (double?)part.Difference).Max();
}

/// <summary>One tensor, or one layer of it.</summary>
/// <param name="Tensor">Its name in the file; <c>rows_alone</c>: hidden states and last logits of each row alone, against the same row in the batch.</param>
/// <param name="Layer">The layer, numbered as <c>hidden_states</c>; null where it has none.</param>
/// <param name="Difference">Largest difference relative to the vector's scale (<see cref="Certificates.Difference"/>).</param>
/// <param name="Where">Where that is: <c>row 2, token 7</c>.</param>
public sealed record ComparedPart(string Tensor, int? Layer, double Difference, string Where);

/// <summary>One row of <c>greedy_ids</c>.</summary>
/// <param name="Row">The row.</param>
/// <param name="Cached">Whether keys and values of earlier steps were kept, or everything was read again at each step.</param>
/// <param name="Compared">Steps compared: up to and with the end of text, or the first that differs.</param>
/// <param name="Differs">The step whose id differs; null: none.</param>
/// <param name="Expected">The id expected there.</param>
/// <param name="Found">The id found there.</param>
/// <param name="Gap">How much larger the expected id's logit is in the file, relative to the logits' scale; null where the file has no
/// <c>generate_logits</c>.</param>
/// <param name="Within">No id differs, or the first that does has a logit so close to the expected one's that the tolerance cannot tell them apart.</param>
public sealed record ComparedContinuation(int Row, bool Cached, int Compared, int? Differs, int Expected, int Found, double? Gap, bool Within);

/// <summary>Something that was not compared.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedPart(string Tensor, string Reason);
