namespace AlignedProbing.Files;

/// <summary>
/// A folder that is filled over some time under a temporary name, beside the place where it is to be: it takes its own name complete, or is removed. Made by
/// <see cref="AtomicWrite.BeginFolder"/>.
/// </summary>
public sealed class PendingFolder : IDisposable
{
    private readonly string _path;
    private bool _complete;

    internal PendingFolder(string path, string temporary)
    {
        (_path, TemporaryPath) = (path, temporary);
        Directory.CreateDirectory(temporary);
    }

    /// <summary>Where to write.</summary>
    public string TemporaryPath { get; }

    /// <summary>Flushes all its files to disk and gives it its name. They must be closed.</summary>
    /// <exception cref="IOException">There is such a folder already, or the disk is full; nothing is left behind once this is disposed of.</exception>
    public void Complete()
    {
        Flush();
        Directory.Move(TemporaryPath, _path);
        _complete = true;
        AtomicWrite.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>
    /// Flushes its files to disk and moves them out of it into the folder that it lies in, over files of the same names. They must be closed.
    /// </summary>
    /// <param name="last">The file that is moved last: where it is, the others are.</param>
    /// <exception cref="IOException">The disk is full, or one of the files cannot be moved.</exception>
    public void CompleteFiles(string last)
    {
        Flush();
        var folder = Path.GetDirectoryName(Path.GetFullPath(_path))!;
        foreach (var file in Directory.EnumerateFiles(TemporaryPath).Order(StringComparer.Ordinal).Where(file => Path.GetFileName(file) != last).ToArray())
        {
            File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        AtomicWrite.FlushFolder(folder);
        File.Move(Path.Combine(TemporaryPath, last), Path.Combine(folder, last), overwrite: true);
        AtomicWrite.FlushFolder(folder);
    }

    /// <summary>Removes it where it was not completed.</summary>
    public void Dispose()
    {
        if (!_complete)
        {
            AtomicWrite.TryDelete(TemporaryPath);
        }
    }

    private void Flush()
    {
        foreach (var file in Directory.EnumerateFiles(TemporaryPath, "*", SearchOption.AllDirectories))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        AtomicWrite.FlushFolder(TemporaryPath);
    }
}
