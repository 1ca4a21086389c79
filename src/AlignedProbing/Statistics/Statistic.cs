
namespace AlignedProbing.Statistics;

/// <summary>A statistic's value, or why it has none. The value is always finite.</summary>
/// <param name="Value">The value; null where it is not defined.</param>
/// <param name="Reason">Why there is none (one of <see cref="Undefined"/>); null where there is one.</param>
public readonly record struct Statistic(double? Value, string? Reason)
{
    /// <summary>A value; one that is not finite becomes <see cref="Undefined.NotFinite"/>.</summary>
    public static Statistic Of(double value) => double.IsFinite(value) ? new(value, null) : new(null, Undefined.NotFinite);

    /// <summary>No value, for a reason.</summary>
    public static Statistic None(string reason) => new(null, reason);
}
