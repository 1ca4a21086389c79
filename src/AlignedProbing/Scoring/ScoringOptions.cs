using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Scoring;

/// <summary>How texts are scored. None of it changes a score.</summary>
public sealed record ScoringOptions
{
    /// <summary>Which chunks are scored; all by default.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Who is told of units, and what ends the work between two of them; nobody and nothing by default.</summary>
    public UnitControl Control { get; init; } = UnitControl.None;

    /// <summary>Texts handed to the scorer at once, from 1 to 100,000; 512 by default.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Shard.Fault is { } fault)
        {
            faults.Add(fault);
        }

        if (BatchSize is < 1 or > 100_000)
        {
            faults.Add($"a batch of {BatchSize} texts is not within 1 to 100,000");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "scoring", string.Join("; ", faults), "Correct --shard and --batch-size");
        }
    }
}
