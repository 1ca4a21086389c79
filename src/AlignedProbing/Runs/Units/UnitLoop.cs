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
    private readonly Lock _lock = new();
    private readonly List<UnitFailure> _failed = [];
    private Task _completing = Task.CompletedTask;
    private int _done;

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
            for (var next = 0; next < left.Count; next += options.Together)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] units = [.. left.Skip(next).Take(options.Together)];
                progress.Begin(units.Sum(options.Weight));
                if (await MakeAsync(units, progress, work, left.Count - next, cancellationToken).ConfigureAwait(false) is not { } made)
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

        return new StageResult(_done, all.Count - left.Count, _failed);
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
            _completing = options.CompletesAside ? Task.Run(() => Complete(begun), CancellationToken.None) : CompleteHere(begun);
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
            }
        }

        return [];
    }

    private Task CompleteHere(List<UnitFiles> units)
    {
        Complete(units);
        return Task.CompletedTask;
    }

    private void Complete(List<UnitFiles> units)
    {
        foreach (var files in units)
        {
            using var owned = files;
            if (files.Guard(files.Complete))
            {
                _done++;
            }
            else
            {
                Fail(files.Number, files.Name, files.Fault!.Message);
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
    }
}
