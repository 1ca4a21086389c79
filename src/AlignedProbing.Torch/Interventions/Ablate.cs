using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>A state h becomes h - (h . u) u for a unit direction u: nothing of it is left along u at that layer.</summary>
/// <param name="Direction">The direction.</param>
public sealed record Ablate(EditDirection Direction) : Edit
{
    /// <inheritdoc/>
    public override bool ChangesNothing => false;

    internal override IEnumerable<string> OwnFaults(ModelSizes sizes) => Direction.Faults(sizes);
}
