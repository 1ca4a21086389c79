namespace AlignedProbing.Files;

/// <summary>Files that processes lock against each other.</summary>
public static class FileLock
{
    // How systems say that another process holds a file: EWOULDBLOCK of Linux and of macOS, and the sharing and lock violations of Windows. Anything else is
    // no lock.
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Whether an error says that another process holds the file.</summary>
    public static bool IsHeldElsewhere(IOException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return Held.Contains(error.HResult);
    }

    /// <summary>Takes a file alone, waiting a while for whoever holds it.</summary>
    /// <param name="path">The file; made where it is absent.</param>
    /// <param name="longest">How long to wait.</param>
    /// <param name="isSettled">Asked between tries: whether there is nothing to wait for any more.</param>
    /// <returns>The lock; null where it could not be had.</returns>
    /// <exception cref="IOException">The file cannot be made or opened.</exception>
    public static FileStream? TakeAlone(string path, TimeSpan longest, Func<bool> isSettled)
    {
        ArgumentNullException.ThrowIfNull(isSettled);
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (IsHeldElsewhere(error))
            {
                if (isSettled() || since.Elapsed > longest)
                {
                    return null;
                }

                Thread.Sleep(20);
            }
        }
    }
}
