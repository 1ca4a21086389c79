using System.Globalization;
using System.Text.RegularExpressions;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>A direction as people name it: <c>toxicity:Input:10</c>, or a layer alone where the direction comes from elsewhere.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Attribute">The attribute; null where a layer stands alone.</param>
/// <param name="Scenario">The scenario; null where a layer stands alone.</param>
/// <param name="Layer">The layer, from 0.</param>
public sealed partial record DirectionAsked(string Text, string? Attribute, Scenario? Scenario, int Layer)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="InputException"><c>direction</c>: the text has another form.</exception>
    public static DirectionAsked Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = Form().Match(text);
        if (!parts.Success)
        {
            throw Fault(text, "it is neither ATTRIBUTE:SCENARIO:LAYER nor a layer", "Write for example toxicity:Input:10");
        }

        var layer = int.Parse(parts.Groups["layer"].Value, CultureInfo.InvariantCulture);
        if (!parts.Groups["attribute"].Success)
        {
            return new DirectionAsked(text, null, null, layer);
        }

        return Enum.TryParse<Scenario>(parts.Groups["scenario"].Value, ignoreCase: true, out var scenario)
            ? new DirectionAsked(text, parts.Groups["attribute"].Value, scenario, layer)
            : throw Fault(text, $"'{parts.Groups["scenario"].Value}' is no scenario", "Write Input, Forward, Output or Backward");
    }

    /// <summary>What is wrong with a direction.</summary>
    internal static InputException Fault(string text, string found, string remedy) => new("direction", $"taking the direction '{text}'", found, remedy);

    [GeneratedRegex(@"^(?:(?<attribute>[^:]+):(?<scenario>[A-Za-z]+):)?(?<layer>\d{1,4})$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
