using System.Globalization;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>A state h becomes h - (h . u) u for a unit direction u: nothing of it is left along u at that layer.</summary>
/// <param name="Direction">The direction.</param>
public sealed record Ablate(EditDirection Direction) : Edit
{
    /// <summary>How much is removed, finite: h - strength * (h . u) u. 1, the default, removes all of it; 0 changes nothing; 2 mirrors the state.</summary>
    public double Strength { get; init; } = 1;

    /// <inheritdoc/>
    public override bool ChangesNothing => Strength == 0;

    internal override IEnumerable<string> OwnFaults(ModelSizes sizes) =>
    [
        .. Direction.Faults(sizes),
        .. double.IsFinite((float)Strength) ? Array.Empty<string>()
            : [string.Create(CultureInfo.InvariantCulture, $"a strength of {Strength} (give a finite number; 1 removes the direction)")],
    ];
}
