using AlignedProbing.Files;

namespace AlignedProbing.Runs.Units;

/// <summary>The files of a unit while it is made: they lie in a pending folder, and take their places together or are removed.</summary>
public sealed class UnitFiles : IDisposable
{
    private readonly UnitStore _store;
    private readonly PendingFolder _pending;
    private readonly string? _last;

    /// <param name="store">The stage's units.</param>
    /// <param name="number">The unit.</param>
    /// <param name="pending">Where its files are written.</param>
    /// <param name="last">The file by which a complete unit is known; null where the unit is a folder.</param>
    internal UnitFiles(UnitStore store, int number, PendingFolder pending, string? last) =>
        (_store, Number, _pending, _last) = (store, number, pending, last);

    /// <summary>The unit's number.</summary>
    public int Number { get; }

    /// <summary>Its name within the run folder.</summary>
    public string Name => _store.NameOf(Number);

    /// <summary>The folder to write into.</summary>
    public string Folder => _pending.TemporaryPath;

    /// <summary>Why it failed; null where it did not.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Where a file is written that is to lie at a path in the end.</summary>
    public string PathOf(string path) => Path.Combine(Folder, Path.GetFileName(path));

    /// <summary>Does a part of the work of this unit; where that fails the unit does, and others go on.</summary>
    /// <returns>Whether the unit has not failed so far.</returns>
    public bool Guard(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (Fault is null)
        {
            try
            {
                action();
            }
            catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
            {
                Fault = error;
            }
        }

        return Fault is null;
    }

    /// <summary>Sums the files up, flushes them and puts them in their places.</summary>
    /// <exception cref="IOException">That cannot be done; no part of the unit counts as there then.</exception>
    public void Complete()
    {
        UnitSums.Write(Folder, _last);
        if (_last is null)
        {
            _pending.Complete();
        }
        else
        {
            // A unit that is made anew is not complete until all its files are the new ones.
            File.Delete(_store.PathOf(Number));
            _pending.CompleteFiles(_last);
        }

        _store.ForgetFailure(Number);
    }

    /// <summary>Removes what was not completed.</summary>
    public void Dispose() => _pending.Dispose();
}
