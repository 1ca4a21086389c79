using System.Globalization;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Interventions;

/// <summary>Short names of a sweep's edits: what they differ by.</summary>
internal static class InterventionNames
{
    /// <summary>The layer of a bypass, the strength of steering, else the whole name.</summary>
    public static string Short(InterventionSweep sweep, SweepEdit edit) =>
        sweep.Kind == "steer" && edit.Strength is { } strength ? strength.ToString("+0.##;-0.##;0", CultureInfo.InvariantCulture).Replace('-', '\u2212')
        : edit.Layers is { } layers ? NumberText.Layers(layers)
        : "all layers";

    /// <summary>What <see cref="Short"/> says of each.</summary>
    public static string Axis(InterventionSweep sweep) => sweep.Kind switch
    {
        "steer" => "Standard deviations along the direction",
        "bypass" => "Layer after the bypassed block",
        _ => "Edited layer",
    };
}
