
namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// Makes the states of a trained model smaller without changing what it computes. The linear probe starts from random weights and, with as few prompts as the
/// demo's, takes too few steps to outgrow what these add up
/// to on states as large as training leaves them; its curves would show the start rather than the states.
/// </summary>
internal static class ResidualStream
{
    private const string Embedding = "model.embed_tokens.weight";
    private const string FinalNorm = "model.norm.weight";
    private const string Head = "lm_head.weight";

    /// <summary>
    /// Multiplies every state by a factor: what writes into the residual stream (embedding, attention's and feed-forward's output) and the final norm's weight,
    /// and the norms' epsilon by its square, so that each norm gives
    /// what it gave. The head, tied to the embedding until then, becomes a matrix of its own that takes the factor back.
    /// </summary>
    /// <param name="sizes">Of the model.</param>
    /// <param name="weights">By checkpoint key, bfloat16 exactly.</param>
    /// <param name="factor">A power of two: then every product is exact, and so are the logits.</param>
    public static (DemoModelSizes Sizes, SortedDictionary<string, (long[] Shape, float[] Values)> Weights) Scale(
        DemoModelSizes sizes, SortedDictionary<string, (long[] Shape, float[] Values)> weights, float factor)
    {
        if (!float.IsPow2(factor))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "No power of two.");
        }

        var scaled = new SortedDictionary<string, (long[] Shape, float[] Values)>(StringComparer.Ordinal);
        foreach (var (key, weight) in weights)
        {
            var writes =
                key is Embedding or FinalNorm
                || key.EndsWith("o_proj.weight", StringComparison.Ordinal)
                || key.EndsWith("down_proj.weight", StringComparison.Ordinal);
            scaled.Add(key, writes ? Times(weight, factor) : weight);
        }

        scaled.Add(Head, Times(weights[Embedding], 1 / factor));
        return (sizes with { NormEpsilon = sizes.NormEpsilon * factor * factor, TiedHead = false }, scaled);
    }

    private static (long[] Shape, float[] Values) Times((long[] Shape, float[] Values) weight, float factor) =>
        (weight.Shape, [.. weight.Values.Select(value => value * factor)]);
}
