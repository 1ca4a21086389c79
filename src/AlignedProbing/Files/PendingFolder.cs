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
        foreach (var file in Directory.EnumerateFiles(TemporaryPath, "*", SearchOption.AllDirectories))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        AtomicWrite.FlushFolder(TemporaryPath);
        Directory.Move(TemporaryPath, _path);
        _complete = true;
        AtomicWrite.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>Removes it where it was not completed.</summary>
    public void Dispose()
    {
        if (!_complete)
        {
            AtomicWrite.TryDelete(TemporaryPath);
        }
    }
}
