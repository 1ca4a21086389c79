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
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>Seconds until all units are complete, at the rate of the last hour over all machines; null where nothing is left or no rate is known.</summary>
    public double? SecondsLeft { get; init; }

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
            [.. units.Where(unit => unit.State == UnitState.Failed).Select(unit => new UnitFailure(unit.Name, unit.Message ?? ""))])
        {
            SecondsLeft = Left(store, units),
        };
    }

    // By the times of the files, which one server sets: clocks of machines may differ.
    private static double? Left(UnitStore store, IReadOnlyList<UnitStatus> units)
    {
        DateTime[] finished =
        [
            .. units.Where(unit => unit.State == UnitState.Done).Select(unit => File.GetLastWriteTimeUtc(store.PathOf(unit.Number))).Order(),
        ];
        var left = units.Count - finished.Length;
        if (left == 0 || finished.Length < 2)
        {
            return null;
        }

        DateTime[] recent = [.. finished.Where(time => time >= finished[^1] - Window)];
        var span = (recent[^1] - recent[0]).TotalSeconds;
        return recent.Length < 2 || span <= 0 ? null : Math.Round(left * span / (recent.Length - 1));
    }
}
