using System.Globalization;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>A state h becomes h + <see cref="Amount"/> * u for a unit direction u.</summary>
/// <param name="Direction">The direction.</param>
/// <param name="Amount">
/// How far, in units of the stream, of either sign; 0 changes nothing. As a rule it is some standard deviations of h . u at the layer.
/// </param>
public sealed record Steer(EditDirection Direction, double Amount) : Edit
{
    /// <inheritdoc/>
    public override bool ChangesNothing => Amount == 0;

    internal override IEnumerable<string> OwnFaults(ModelSizes sizes) =>
    [
        .. Direction.Faults(sizes),
        .. double.IsFinite((float)Amount) ? Array.Empty<string>()
            : [string.Create(CultureInfo.InvariantCulture, $"an amount of {Amount} (give a finite number of float32)")],
    ];
}
