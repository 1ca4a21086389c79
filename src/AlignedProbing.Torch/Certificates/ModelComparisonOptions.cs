using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Certificates;

/// <summary>How a model is compared.</summary>
public sealed record ModelComparisonOptions
{
    /// <summary>The ids that end a text: what comes after one in <c>greedy_ids</c> is not compared. Default: none.</summary>
    public IReadOnlyList<int> EndOfText { get; init; } = [];

    /// <summary>How the model was loaded: says how far it may be off, and whether the file's values in bfloat16 are its own.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>How far values may be off, as a share of their vector's scale (<see cref="Difference"/>); null: <see cref="DefaultTolerance"/>.</summary>
    public double? Tolerance { get; init; }

    /// <summary>Edits every pass; null: none.</summary>
    public ISiteEditor? Editor { get; init; }

    /// <summary>What is allowed: <see cref="Tolerance"/>, or the precision's default.</summary>
    public double Allowed => Tolerance ?? DefaultTolerance(Precision);

    /// <summary>
    /// 1e-4 where the model computes in float32 with the very weights of the reference; 0.01 for float16, of which the reference also rounds every intermediate
    /// value to 11 bits; 0.1 for bfloat16, with its 8 bits.
    /// </summary>
    public static double DefaultTolerance(WeightPrecision precision) => precision switch
    {
        WeightPrecision.BFloat16 => 0.1,
        WeightPrecision.Half => 0.01,
        _ => 1e-4,
    };

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException"><c>comparison-options</c>: a tolerance that is not above 0.</exception>
    public void Validate()
    {
        if (!(Allowed > 0) || !double.IsFinite(Allowed))
        {
            throw new InputException(
                "comparison-options",
                "comparing a model",
                $"the tolerance is {Allowed}",
                "Give a number above 0, as a share of each vector's scale");
        }
    }
}
