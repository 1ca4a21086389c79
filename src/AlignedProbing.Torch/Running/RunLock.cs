using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Keeps two processes from doing the same units of one run folder at once. Shares of a run (<c>--shard</c>), and workers that claim units (<c>--claim</c>),
/// may work side by side; whoever does everything
/// works alone.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, and removes what killed processes left where nobody else can be writing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="alone">Whether all of it is to be done here; otherwise others may do other units.</param>
    /// <exception cref="InputException">Another process works on the run, or its folder cannot be written to.</exception>
    public static RunLock Take(RunFolder run, bool alone)
    {
        var path = run.LockPath;
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, alone ? FileAccess.ReadWrite : FileAccess.Read, alone ? FileShare.None : FileShare.Read);
            if (alone)
            {
                AtomicWrite.RemoveLeftovers(run.FullPath);
            }

            return new RunLock(file);
        }
        catch (IOException error) when (FileLock.IsHeldElsewhere(error))
        {
            throw RunFolder.Locked(run.FullPath, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritable(run.FullPath, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
