using System.Diagnostics;

namespace AlignedProbing.Runs.Units;

/// <summary>
/// Runs work over the units of a stage: takes the share, leaves out what is there, and makes the others one after the other (or some together). A unit that
/// fails is told of, and the others go on.
/// </summary>
/// <param name="store">The units.</param>
/// <param name="options">How.</param>
public sealed class UnitLoop(UnitStore store, UnitLoopOptions options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<UnitFailure> _failed = [];
    private Task _completing = Task.CompletedTask;
    private int _done;
    private int _elsewhere;

    /// <summary>Makes the units that are not there yet, on this thread.</summary>
    /// <param name="work">Makes a unit: writes its files into the pending folder.</param>
    /// <param name="cancellationToken">Stops before the next unit, or wherever the work stops; finished units are kept.</param>
    public StageResult Run(Action<UnitFiles, UnitProgress> work, CancellationToken cancellationToken) =>
        RunTogether((units, progress) => work(units[0], progress), cancellationToken);

    /// <summary>Makes the units that are not there yet, some together, on this thread.</summary>
    /// <param name="work">Makes units; what fails for one alone goes through <see cref="UnitFiles.Guard"/>.</param>
    /// <param name="cancellationToken">Stops before the next units, or wherever the work stops.</param>
    public StageResult RunTogether(Action<IReadOnlyList<UnitFiles>, UnitProgress> work, CancellationToken cancellationToken)
    {
        // The work is synchronous, so the task is complete when it comes back: nothing waits here, and no other thread takes over.
        return RunAsync(
            (units, progress) =>
            {
                work(units, progress);
                return Task.CompletedTask;
            },
            cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Makes the units that are not there yet, each by a work that waits for others (a service).</summary>
    /// <param name="work">Makes a unit.</param>
    /// <param name="cancellationToken">Stops before the next unit, or wherever the work stops.</param>
    public Task<StageResult> RunAsync(Func<UnitFiles, UnitProgress, Task> work, CancellationToken cancellationToken) =>
        RunAsync((IReadOnlyList<UnitFiles> units, UnitProgress progress) => work(units[0], progress), cancellationToken);

    private async Task<StageResult> RunAsync(Func<IReadOnlyList<UnitFiles>, UnitProgress, Task> work, CancellationToken cancellationToken)
    {
        var (all, left) = (store.Of(options.Shard), store.Left(options.Shard));
        var total = all.Sum(options.Weight);
        var progress = new UnitProgress(options, total, total - left.Sum(options.Weight));
        try
        {
            var open = new List<int>(InOrder(left));
            while (open.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                options.Control.Stop.ThrowIfCancellationRequested();
                var units = Next(open, progress);
                if (units.Length == 0)
                {
                    if (open.Count > 0)
                    {
                        // Others have claimed what is left. They may die over it, so it is looked at again.
                        Collect();
                        await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
                    }

                    continue;
                }

                progress.Begin(units.Sum(options.Weight));
                if (await MakeAsync(units, progress, work, open.Count + units.Length, cancellationToken).ConfigureAwait(false) is not { } made)
                {
                    break;
                }

                progress.End(made.Sum(options.Weight));
            }
        }
        finally
        {
            // Also where the run is interrupted: what was made is kept.
            Collect();
        }

        return new StageResult(_done, all.Count - left.Count + _elsewhere, _failed);
    }

    // Workers that claim begin in different places: where nobody answers them they meet late.
    private IEnumerable<int> InOrder(IReadOnlyList<int> left)
    {
        var first = options.Control.Tracker is { Claims: true } tracker && left.Count > 0 ? (int)((uint)tracker.Start % (uint)left.Count) : 0;
        return left.Skip(first).Concat(left.Take(first));
    }

    // Takes the next units off those that are open; with claims those that are this worker's, and what others finished meanwhile is taken off too.
    private int[] Next(List<int> open, UnitProgress progress)
    {
        var units = new List<int>();
        var claims = options.Control.Tracker is { Claims: true } tracker ? tracker : null;
        for (var i = 0; i < open.Count && units.Count < options.Together;)
        {
            var unit = open[i];
            if (claims is not null && store.IsDone(unit))
            {
                TakeOff(unit);
            }
            else if (claims is null || claims.TryClaim(store.NameOf(unit)))
            {
                open.RemoveAt(i);
                if (claims is not null && store.IsDone(unit))
                {
                    claims.Release(store.NameOf(unit));
                    Elsewhere(unit);
                }
                else
                {
                    units.Add(unit);
                }
            }
            else
            {
                i++;
            }
        }

        return [.. units];

        void TakeOff(int unit)
        {
            open.Remove(unit);
            Elsewhere(unit);
        }

        void Elsewhere(int unit)
        {
            _elsewhere++;
            progress.Begin(options.Weight(unit));
            progress.End(options.Weight(unit));
        }
    }

    // Returns the units made; null: the loop ends here.
    private async Task<IReadOnlyList<int>?> MakeAsync(
        int[] units,
        UnitProgress progress,
        Func<IReadOnlyList<UnitFiles>, UnitProgress, Task> work,
        int left,
        CancellationToken cancellationToken)
    {
        var begun = new List<UnitFiles>();
        var handedOn = false;
        var start = Stopwatch.GetTimestamp();
        try
        {
            foreach (var unit in units)
            {
                begun.Add(store.Begin(unit));
            }

            await work(begun, progress).ConfigureAwait(false);
            Collect();
            int[] made = [.. begun.Where(files => files.Fault is null).Select(files => files.Number)];
            handedOn = true;
            _completing = options.CompletesAside ? Task.Run(() => Complete(begun, start), CancellationToken.None) : CompleteHere(begun, start);
            return made;
        }
        catch (Exception error) when (!(error is OutOfMemoryException || (error is OperationCanceledException && cancellationToken.IsCancellationRequested)))
        {
            // One unit's fault is told and the others go on: a long run is not lost to one of them.
            if (options.Ends(error) is { } message)
            {
                Fail(units[0], $"{store.NameOf(units[0])}{(left == 1 ? "" : $" and the {left - 1} after it")}", message);
                return null;
            }

            foreach (var unit in units)
            {
                Fail(unit, store.NameOf(unit), begun.Find(files => files.Number == unit)?.Fault?.Message ?? error.Message);
            }
        }
        finally
        {
            if (!handedOn)
            {
                begun.ForEach(files => files.Dispose());
                Release(units);
            }
        }

        return [];
    }

    private Task CompleteHere(List<UnitFiles> units, long start)
    {
        Complete(units, start);
        return Task.CompletedTask;
    }

    private void Complete(List<UnitFiles> units, long start)
    {
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / units.Count;
        var claims = options.Control.Tracker is { Claims: true };
        foreach (var files in units)
        {
            using var owned = files;

            // Where a claim was lost somebody else may have made the unit too: the same bytes.
            if (claims && files.Fault is null && store.IsDone(files.Number))
            {
                _elsewhere++;
            }
            else if (files.Guard(files.Complete))
            {
                _done++;
                options.Control.Tracker?.Done(files.Name, seconds);
            }
            else if (claims && files.Fault is IOException && store.IsDone(files.Number))
            {
                _elsewhere++;
            }
            else
            {
                Fail(files.Number, files.Name, files.Fault!.Message);
            }

            Release([files.Number]);
        }
    }

    private void Release(IEnumerable<int> units)
    {
        if (options.Control.Tracker is { Claims: true } tracker)
        {
            foreach (var unit in units)
            {
                tracker.Release(store.NameOf(unit));
            }
        }
    }

    private void Collect()
    {
        var start = Stopwatch.GetTimestamp();
        _completing.GetAwaiter().GetResult();
        options.Waited?.Invoke(start);
        _completing = Task.CompletedTask;
    }

    // A unit that is brought to disk aside may fail while the next one does.
    private void Fail(int unit, string name, string message)
    {
        var failure = new UnitFailure(name, message);
        lock (_lock)
        {
            _failed.Add(failure);
        }

        store.KeepFailure(failure with { Unit = store.NameOf(unit) }, unit);
        options.Control.Tracker?.Failed(failure with { Unit = store.NameOf(unit) });
    }
}
