namespace AlignedProbing.Torch.EditedRuns;

/// <summary>
/// Looks for the strength at which a control does as much damage as an edit: bracketing by doubling, then bisection, sped up by the secant of logarithms, for
/// KL grows about as a power of the strength.
/// </summary>
internal static class EqualDamageSearch
{
    /// <summary>How far the damage may be off, as a share of the edit's.</summary>
    public const double Tolerance = 0.05;

    private const int MostTrials = 24;
    private const double Largest = 256;
    private const double Smallest = 1.0 / 65536;

    /// <summary>Searches.</summary>
    /// <param name="damageAt">Damage at a strength above 0; infinite where the model breaks.</param>
    /// <param name="target">The edit's damage, above 0 and finite.</param>
    /// <param name="most">The largest strength that is tried.</param>
    /// <returns>The strength with four digits and its damage, or why there is none.</returns>
    public static (double? Strength, double? Damage, string? Reason) Find(Func<double, double> damageAt, double target, double most = Largest)
    {
        var (low, high) = ((Strength: 0.0, Damage: 0.0), (Strength: double.NaN, Damage: double.PositiveInfinity));
        var strength = Math.Min(1, most);
        for (var trial = 0; trial < MostTrials; trial++)
        {
            strength = Rounded(strength);
            var damage = damageAt(strength);
            if (Math.Abs(damage - target) <= Tolerance * target)
            {
                return (strength, damage, null);
            }

            if (damage < target)
            {
                low = (strength, damage);
            }
            else
            {
                high = (strength, damage);
            }

            if (double.IsNaN(high.Strength) && strength >= most)
            {
                return (null, null, FormattableString.Invariant($"even at {most:0.####} times the strength its KL is {damage:0.####}"));
            }

            var next = Next(low, high, target, most, secant: trial % 3 != 2);
            if (Rounded(next) == low.Strength || Rounded(next) == high.Strength || next < Smallest)
            {
                break;
            }

            strength = next;
        }

        return (null, null, "no strength gives that KL within 5 %: it jumps");
    }

    private static double Next((double Strength, double Damage) low, (double Strength, double Damage) high, double target, double most, bool secant)
    {
        if (double.IsNaN(high.Strength))
        {
            // KL of small edits grows with the square of the strength; never more than fourfold at once, nor less than by a tenth.
            var guess = low.Damage > 0 ? low.Strength * Math.Sqrt(target / low.Damage) : low.Strength * 2;
            return Math.Min(most, Math.Clamp(guess, low.Strength * 1.1, low.Strength * 4));
        }

        if (low.Strength == 0)
        {
            var guess = double.IsFinite(high.Damage) && secant ? high.Strength * Math.Sqrt(target / high.Damage) : high.Strength / 2;
            return Math.Clamp(guess, high.Strength / 16, high.Strength * 0.95);
        }

        if (secant && double.IsFinite(high.Damage) && low.Damage > 0)
        {
            var share = Math.Log(target / low.Damage) / Math.Log(high.Damage / low.Damage);
            return low.Strength * Math.Pow(high.Strength / low.Strength, Math.Clamp(share, 0.05, 0.95));
        }

        return (low.Strength + high.Strength) / 2;
    }

    // Four digits, so that a name holds all of it.
    private static double Rounded(double value)
    {
        if (value == 0)
        {
            return 0;
        }

        var scale = Math.Pow(10, 3 - (int)Math.Floor(Math.Log10(Math.Abs(value))));
        return Math.Round(value * scale) / scale;
    }
}
