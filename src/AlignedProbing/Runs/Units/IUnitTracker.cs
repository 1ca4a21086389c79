namespace AlignedProbing.Runs.Units;

/// <summary>
/// Who is told of units while they are made, and where they may be claimed, so that several workers on one folder divide them as they go. The folder stays the
/// truth: whatever a tracker says or fails to say, the files at the end are the same.
/// </summary>
public interface IUnitTracker
{
    /// <summary>Whether units are claimed; otherwise it is only told of them.</summary>
    bool Claims { get; }

    /// <summary>A number of this worker's own, by which workers begin in different places.</summary>
    int Start { get; }

    /// <summary>Claims a unit for this worker. Where nobody can be asked it is this worker's.</summary>
    /// <param name="unit">Its name within the run folder.</param>
    /// <returns>Whether nobody else has it.</returns>
    bool TryClaim(string unit);

    /// <summary>Gives a claim back: the unit is done, or somebody may try it again.</summary>
    void Release(string unit);

    /// <summary>A unit is complete.</summary>
    /// <param name="unit">Its name.</param>
    /// <param name="seconds">How long it took.</param>
    void Done(string unit, double seconds);

    /// <summary>A unit failed.</summary>
    void Failed(UnitFailure failure);
}
