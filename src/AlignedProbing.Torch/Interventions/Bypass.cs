using System.Globalization;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>
/// A block passes on its input + <see cref="Factor"/> * (its output - its input). Its attention still reads its input and fills the cache. Bypasses come before
/// the other edits of a layer.
/// </summary>
public sealed record Bypass : Edit
{
    /// <summary>How much of the block's contribution is left, finite: 0, the default, passes the input on; 1 changes nothing; above 1 amplifies.</summary>
    public double Factor { get; init; }

    /// <inheritdoc/>
    public override bool ChangesNothing => Factor == 1;

    internal override IEnumerable<string> OwnFaults(ModelSizes sizes) =>
        double.IsFinite(Factor) ? [] : [string.Create(CultureInfo.InvariantCulture, $"a factor of {Factor} (give a finite number; 0 bypasses the block)")];
}
