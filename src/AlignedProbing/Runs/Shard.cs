
namespace AlignedProbing.Runs;

/// <summary>A share of the units of a stage, so that several machines can work on one run folder.</summary>
/// <param name="Index">This share's number, from 0.</param>
/// <param name="Count">Number of shares, at least 1.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>All units.</summary>
    public static Shard All => new(0, 1);

    /// <summary>Whether the unit belongs to this share: its number modulo <see cref="Count"/> is <see cref="Index"/>.</summary>
    public bool Holds(int unit) => unit % Count == Index;

    /// <summary>What is wrong with these numbers, as a clause; null: nothing.</summary>
    public string? Fault => Count >= 1 && Index >= 0 && Index < Count ? null : $"the share {Index}/{Count} needs a number from 0 to one below the count";

    /// <summary>Reads <c>3/8</c>.</summary>
    /// <exception cref="InputException">The text is not of that form, or the index is not below the count.</exception>
    public static Shard Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length == 2
            && int.TryParse(parts[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count)
            && index < count)
        {
            return new Shard(index, count);
        }

        throw new InputException("wrong-usage", $"--shard {text}", "a share is written I/N with I from 0 to N-1", "Write for example --shard 3/8");
    }
}
