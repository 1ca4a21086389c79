namespace AlignedProbing.Runs.Units;

/// <summary>How far a stage has come.</summary>
/// <param name="Stage">Its name within the run folder: <c>encodings</c>, <c>scores/ngram</c>, <c>probes/linear/ngram</c>.</param>
/// <param name="Units">Units asked for: chunks, or layers.</param>
/// <param name="Done">Those that are complete.</param>
/// <param name="Claimed">Those that a process is making, or was killed over.</param>
/// <param name="Failed">Those whose last try failed.</param>
/// <param name="Missing">All others.</param>
/// <param name="Failures">Why the failed ones failed.</param>
public sealed record StageStatus(string Stage, int Units, int Done, int Claimed, int Failed, int Missing, IReadOnlyList<UnitFailure> Failures)
{
    /// <summary>Counts a stage's units.</summary>
    public static StageStatus Of(UnitStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var units = store.List();
        return new StageStatus(
            store.Name,
            units.Count,
            units.Count(unit => unit.State == UnitState.Done),
            units.Count(unit => unit.State == UnitState.Claimed),
            units.Count(unit => unit.State == UnitState.Failed),
            units.Count(unit => unit.State == UnitState.Missing),
            [.. units.Where(unit => unit.State == UnitState.Failed).Select(unit => new UnitFailure(unit.Name, unit.Message ?? ""))]);
    }
}
