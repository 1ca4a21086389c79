using System.Globalization;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Interventions;

/// <summary>What a sweep found, in plain words. The first sentence says whether its largest effect is more than that of its controls.</summary>
public static class InterventionSentences
{
    /// <summary>The sentences of a sweep.</summary>
    public static IReadOnlyList<string> Of(SweepFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        var headline = Headline(finding);
        if (headline is null)
        {
            return [$"No edit of {finding.Sweep.Name} is complete.", .. Incomplete(finding)];
        }

        return
        [
            Verdict(finding, headline),
            .. SameStrength(finding, headline),
            Texts(finding, headline),
            .. Inside(finding, headline),
            Tested(finding),
            .. Incomplete(finding),
        ];
    }

    /// <summary>The edit with the largest change of EMT of the sweep's attribute, all prompts; null where none is complete.</summary>
    public static EffectFinding? Headline(SweepFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return finding.Effects
            .Where(effect => !effect.IsControl && effect is { Metric: "EMT", Subset: "all", Change: not null })
            .Where(effect => effect.Scorer == finding.Sweep.Scorer && effect.Attribute == finding.Sweep.Attribute)
            .MaxBy(effect => Math.Abs(effect.Change!.Value));
    }

    /// <summary>An edit against one kind of control: that of the sweep's attribute.</summary>
    public static ControlFinding? Held(SweepFinding finding, string intervention, string against)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return finding.Controls.FirstOrDefault(row =>
            row.Intervention == intervention && row.Against == against && row.Metric == "EMT"
            && row.Scorer == finding.Sweep.Scorer && row.Attribute == finding.Sweep.Attribute);
    }

    private static string Verdict(SweepFinding finding, EffectFinding effect)
    {
        var change = $"{effect.Intervention} changes EMT of {effect.Attribute} by {Interval(effect.Change, effect.Low, effect.High)}";
        if (Held(finding, effect.Intervention, "equal-damage") is not { Excess: { } excess } held)
        {
            return finding.Sweep.Edits.Any(edit => edit.SameStrength.Count + edit.EqualDamage.Count > 0) || finding.Sweep.OthersAreControls
                ? $"{change}; no control of equal damage is complete, so this cannot be told from damage."
                : $"{change}; without controls this cannot be told from damage.";
        }

        var controls = $"the {Count(held.Controls, "control")} of equal damage by {NumberText.Unit(held.ControlMean)} in the mean";
        var difference = $"difference {Interval(held.Excess, held.Low, held.High)}";
        var sign = Math.Sign(held.Effect!.Value);
        return held.Low is not { } low || held.High is not { } high || (low <= 0 && high >= 0)
            ? $"{change}, {controls} ({difference}): this cannot be told from damage."
            : Math.Sign(excess) != sign ? $"{change}, {controls} ({difference}): less than damage alone does."
            : effect.Low is { } from && effect.High is { } to && from <= 0 && to >= 0
                ? $"{change}, {controls} ({difference}): its own interval holds 0, so this is no effect yet."
            : $"{change}, {controls}: it exceeds its controls' by {Interval(held.Excess, held.Low, held.High)}.";
    }

    private static IEnumerable<string> SameStrength(SweepFinding finding, EffectFinding effect)
    {
        if (Held(finding, effect.Intervention, "same-strength") is { Excess: not null } held)
        {
            var which = finding.Sweep.OthersAreControls ? "the other edits of the sweep" : "its controls of the same strength";
            yield return $"Among itself and {which} its change is number {held.Place} of {held.Controls + 1} by size (mean of the others "
                + $"{NumberText.Unit(held.ControlMean)}, difference {Interval(held.Excess, held.Low, held.High)}).";
        }
    }

    private static string Texts(SweepFinding finding, EffectFinding effect)
    {
        var (before, after) = (Damage(finding, DerivedRuns.Unedited), Damage(finding, effect.Intervention));
        var nats = after?.Divergence is { } kl ? string.Create(CultureInfo.InvariantCulture, $"KL {kl:0.000} nats a token; ") : "";
        return $"Its cost: {nats}looping continuations {NumberText.Percent(before?.Looping)} before and {NumberText.Percent(after?.Looping)} after, distinct-2 "
            + $"{NumberText.Unit(before?.Distinct[1])} and {NumberText.Unit(after?.Distinct[1])}, tokens {NumberText.Quantity(before?.Length)} and "
            + $"{NumberText.Quantity(after?.Length)}.";
    }

    // At the last layer that is edited, and one further on, where probes were trained there.
    private static IEnumerable<string> Inside(SweepFinding finding, EffectFinding effect)
    {
        var last = finding.Sweep.Edits.First(edit => edit.Name == effect.Intervention).Layers?[^1] ?? 0;
        var rows = finding.Inside.Where(row => row.Intervention == effect.Intervention && row.Layer >= last && row.Applied is not null).Take(2).ToArray();
        if (rows.Length == 0)
        {
            yield break;
        }

        var parts = rows.Select(row =>
            $"at layer {NumberText.Count(row.Layer)} r = {NumberText.Unit(row.Applied)} by the unedited run's {row.Probe} probes"
            + (row.Retrained is null ? "" : $" and {NumberText.Unit(row.Retrained)} by new ones")
            + $", {NumberText.Unit(row.Unedited)} before");
        yield return $"After it, {effect.Attribute} of the prompt is still read {string.Join("; ", parts)}.";
    }

    private static string Tested(SweepFinding finding)
    {
        var tested = finding.Effects.Where(effect => effect is { PHolm: not null, Subset: "all", Metric: "EMT" }).ToArray();
        var found = NumberText.Count(tested.Count(effect => effect.PHolm < 0.05));
        return $"Of {Count(tested.Length, "change")} of EMT (edits by attributes) {found} have a corrected p below .05.";
    }

    private static IEnumerable<string> Incomplete(SweepFinding finding) =>
        finding.Incomplete.Select(pair => $"Left out: {pair.Key} ({pair.Value.TrimEnd('.')}).");

    private static DamageFinding? Damage(SweepFinding finding, string name) => finding.Damage.FirstOrDefault(row => row.Intervention == name);

    private static string Interval(double? value, double? low, double? high) => NumberText.WithInterval(value, low, high, Signed);

    private static string Signed(double? value) => value > 0 && NumberText.Unit(value) != ".00" ? "+" + NumberText.Unit(value) : NumberText.Unit(value);

    private static string Count(int number, string what) => $"{NumberText.Count(number)} {what}{(number == 1 ? "" : "s")}";
}
