using System.Globalization;

namespace AlignedProbing.Settings;

/// <summary>A share of a stage's units: number <paramref name="Index"/> of <paramref name="Count"/>.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Count">At least 1.</param>
public readonly record struct Share(int Index, int Count)
{
    /// <summary>The share that the array task says in which the process runs.</summary>
    public static Share Auto => new(-1, 0);

    /// <summary>Whether it is <see cref="Auto"/>.</summary>
    public bool IsAuto => Index < 0;

    /// <summary>Reads <c>3/8</c>, or <c>auto</c>.</summary>
    /// <exception cref="FormatException">The text is not of that form, or the number is not below the count.</exception>
    public static Share Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text == "auto" ? Auto : text.Split('/') is [var first, var second]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index < count
                ? new Share(index, count)
                : throw new FormatException("a share is written I/N with I from 0 to N-1, for example 3/8; auto takes it from the array task");
    }

    /// <inheritdoc/>
    public override string ToString() => IsAuto ? "auto" : string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
