namespace AlignedProbing.Hub;

/// <summary>
/// Holds a blob for one writer, on this machine and, where the disk's locks reach them, on others: the lock file of huggingface_hub, locked in the same way.
/// The system lets go of it when a process ends, however it ends; the file itself stays.
/// </summary>
internal sealed class BlobLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(3);

    private readonly FileStream _file;

    private BlobLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else holds the lock.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="waits">Called once where it takes a while.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<BlobLock> TakeAsync(string path, Action waits, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var start = TimeProvider.System.GetTimestamp();
        var told = false;
        while (true)
        {
            try
            {
                return new BlobLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1));
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
            {
                if (!told && TimeProvider.System.GetElapsedTime(start) > Patient)
                {
                    told = true;
                    waits();
                }
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
