using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Keeps two processes from doing the same units of one run folder at once. Shares of a run (<c>--shard</c>) may work side by side; whoever does everything
/// works alone.
/// </summary>
internal sealed class RunLock : IDisposable
{
    // How systems say that another process holds the file: EWOULDBLOCK of Linux and of macOS, and the sharing and lock violations of Windows. Anything else is
    // no lock.
    private static readonly int[] Locked = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, and removes what killed processes left where nobody else can be writing.</summary>
    /// <exception cref="InputException">Another process works on the run, or its folder cannot be written to.</exception>
    public static RunLock Take(RunFolder run, Shard shard)
    {
        var alone = shard == Shard.All;
        var path = Path.Combine(run.FullPath, ".lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, alone ? FileAccess.ReadWrite : FileAccess.Read, alone ? FileShare.None : FileShare.Read);
            if (alone)
            {
                AtomicWrite.RemoveLeftovers(run.FullPath);
            }

            return new RunLock(file);
        }
        catch (IOException error) when (Locked.Contains(error.HResult))
        {
            throw new InputException(
                "run-locked",
                $"working on '{run.FullPath}'",
                "another process is working on it",
                "Wait for it to end, or share the work with --shard I/N on every machine",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritable(run.FullPath, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
