using System.Globalization;
using System.Text.RegularExpressions;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>The grammar of a case's name in a file of edited models (docs/guide/interventions.md): what is edited, where, and how far.</summary>
internal static partial class EditedCase
{
    /// <summary>The edits that a name stands for.</summary>
    /// <param name="name">none; bypass-7, bypass-5-6; damp0.5-4, damp0.5-all; ablate-all, ablate-7; steer-10+8, steer-10-8, steer-7.</param>
    /// <param name="firstLayer">The layer that is written as 0, or one less than that written as 1.</param>
    /// <param name="steerBy">How far a case steers whose name does not say; null: names say it.</param>
    /// <param name="direction">The direction of ablate and steer.</param>
    /// <returns>The edits; null where the name is none of these.</returns>
    public static IReadOnlyList<Edit>? Edits(string name, int firstLayer, double? steerBy, Func<string, EditDirection> direction)
    {
        if (name == "none")
        {
            return [];
        }

        var match = Name().Match(name);
        var amount = match.Groups["amount"] is { Success: true } written ? Number(written.Value) : steerBy;
        if (!match.Success)
        {
            return null;
        }

        var layers = match.Groups["layers"].Value is var text && text == "all" ? null
            : text.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture) + firstLayer).ToArray();
        return match.Groups["kind"].Value switch
        {
            "bypass" => [new Bypass { Layers = layers }],
            "damp" => [new Bypass { Layers = layers, Factor = Number(match.Groups["factor"].Value) }],
            "ablate" => [new Ablate(direction("ablate")) { Layers = layers }],
            _ => amount is { } by ? [new Steer(direction("steer"), by) { Layers = layers }] : null,
        };
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    // Of several numbers after steer- the last one with its sign is the amount: steer-10-8 pushes layer 10 by -8.
    [GeneratedRegex(
        @"^(?:(?<kind>bypass|ablate)-(?<layers>all|\d{1,6}(?:-\d{1,6})*)"
            + @"|(?<kind>damp)(?<factor>\d{1,9}(?:\.\d{1,9})?)-(?<layers>all|\d{1,6}(?:-\d{1,6})*)"
            + @"|(?<kind>steer)-(?<layers>all|\d{1,6}(?:-\d{1,6})*?)(?<amount>[+-]\d{1,9}(?:\.\d{1,9})?)?)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
