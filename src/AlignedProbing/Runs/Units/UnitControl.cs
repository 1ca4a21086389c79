namespace AlignedProbing.Runs.Units;

/// <summary>What stands beside the work on units: who is told, and who may end it between two of them.</summary>
public sealed record UnitControl
{
    /// <summary>Nobody.</summary>
    public static UnitControl None { get; } = new();

    /// <summary>Ends the work before the next unit: that which is in work is finished. Not asked by default.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Who is told of units; null, the default: nobody.</summary>
    public IUnitTracker? Tracker { get; init; }
}
