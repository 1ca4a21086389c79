using System.Globalization;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>One intervention of a sweep.</summary>
/// <param name="Name">Its name: of its folder, and in tables.</param>
/// <param name="Edits">What is edited.</param>
/// <param name="Described">The same for the manifest.</param>
/// <param name="Direction">The direction; null for a bypass.</param>
public sealed record EditedRun(string Name, IReadOnlyList<Edit> Edits, IReadOnlyList<EditManifest> Described, EditDirection? Direction = null)
{
    /// <summary>Bypasses some blocks together.</summary>
    /// <param name="layers">The layers after the blocks, from 1.</param>
    /// <param name="factor">How much of each block's contribution is left; 0 bypasses it.</param>
    /// <param name="positions">Which tokens.</param>
    public static EditedRun OfBypass(IReadOnlyList<int> layers, double factor, EditPositions positions) => new(
        $"{BypassName(factor)}-{LayersText(layers)}{Suffix(positions)}",
        [new Bypass { Layers = layers, Factor = factor, Positions = positions }],
        [new EditManifest { Kind = "bypass", Layers = layers, Positions = NameOf(positions), Factor = factor }]);

    /// <summary>Ablates a direction.</summary>
    /// <param name="direction">The direction, and what it is called.</param>
    /// <param name="layers">The layers; null: all.</param>
    /// <param name="positions">Which tokens.</param>
    /// <param name="strength">The share that is removed; 1: all of it.</param>
    public static EditedRun OfAblation(NamedDirection direction, IReadOnlyList<int>? layers, EditPositions positions, double strength = 1)
    {
        ArgumentNullException.ThrowIfNull(direction);
        return new EditedRun(
            $"ablate-{direction.ShortName}-{LayersText(layers)}{(strength == 1 ? "" : $"x{Number(strength)}")}{Suffix(positions)}",
            [new Ablate(direction.Direction) { Layers = layers, Positions = positions, Strength = strength }],
            [
                new EditManifest
                {
                    Kind = "ablate",
                    Layers = layers,
                    Positions = NameOf(positions),
                    Strength = strength,
                    Direction = direction.Source,
                    DirectionSha256 = direction.Direction.Sha256,
                },
            ],
            direction.Direction);
    }

    /// <summary>Steers along a direction.</summary>
    /// <param name="direction">The direction, and what it is called.</param>
    /// <param name="deviations">One standard deviation along it at each of the layers, by layer.</param>
    /// <param name="strength">How many of them.</param>
    /// <param name="positions">Which tokens.</param>
    public static EditedRun OfSteering(NamedDirection direction, IReadOnlyDictionary<int, double> deviations, double strength, EditPositions positions)
    {
        ArgumentNullException.ThrowIfNull(direction);
        ArgumentNullException.ThrowIfNull(deviations);
        int[] layers = [.. deviations.Keys.Order()];
        return new EditedRun(
            SteeringName(direction, layers, strength, positions),
            [.. layers.Select(layer => new Steer(direction.Direction, strength * deviations[layer]) { Layers = [layer], Positions = positions })],
            [
                new EditManifest
                {
                    Kind = "steer",
                    Layers = layers,
                    Positions = NameOf(positions),
                    Strength = strength,
                    StandardDeviations = [.. layers.Select(layer => deviations[layer])],
                    Direction = direction.Source,
                    DirectionSha256 = direction.Direction.Sha256,
                },
            ],
            direction.Direction);
    }

    /// <summary>Layers in a name: <c>2-9,12</c>; <c>all</c> for null.</summary>
    public static string LayersText(IReadOnlyList<int>? layers)
    {
        if (layers is null)
        {
            return "all";
        }

        var parts = new List<string>();
        for (var i = 0; i < layers.Count; i++)
        {
            var start = i;
            while (i + 1 < layers.Count && layers[i + 1] == layers[i] + 1)
            {
                i++;
            }

            parts.Add(start == i ? Number(layers[i]) : $"{Number(layers[start])}{(i == start + 1 ? ',' : '-')}{Number(layers[i])}");
        }

        return string.Join(',', parts);
    }

    /// <summary>The name of a steered run.</summary>
    internal static string SteeringName(NamedDirection direction, IReadOnlyList<int> layers, double strength, EditPositions positions) =>
        $"steer-{direction.ShortName}-{LayersText(layers)}{Signed(strength)}{Suffix(positions)}";

    /// <summary>What a bypass of that factor is called.</summary>
    internal static string BypassName(double factor) => factor == 0 ? "bypass" : $"damp{Number(factor)}";

    /// <summary>A strength with its sign.</summary>
    internal static string Signed(double strength) => strength.ToString("+0.######;-0.######;+0", CultureInfo.InvariantCulture);

    /// <summary>What names end with that are about some tokens alone.</summary>
    internal static string Suffix(EditPositions positions) => positions == EditPositions.All ? "" : $"-{NameOf(positions)}";

    private static string NameOf(EditPositions positions) => positions.ToString().ToLowerInvariant();

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) is 0 or (>= 1e-6 and < 1e9) ? "0.######" : "g6", CultureInfo.InvariantCulture);
}
