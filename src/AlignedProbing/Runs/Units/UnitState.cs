namespace AlignedProbing.Runs.Units;

/// <summary>How far a unit (a chunk, a layer of one probe) has come.</summary>
public enum UnitState
{
    /// <summary>Nobody has made it, and nobody is making it.</summary>
    Missing,

    /// <summary>A process is making it, or was killed while it did: its temporary files are there.</summary>
    Claimed,

    /// <summary>The last try failed; the same command tries again.</summary>
    Failed,

    /// <summary>It is complete.</summary>
    Done,
}
