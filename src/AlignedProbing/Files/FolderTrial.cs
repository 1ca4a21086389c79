namespace AlignedProbing.Files;

/// <summary>
/// Tries in a folder what a run needs of its file system: writing, flushing, renaming a file over another, renaming a folder, and that a lock keeps others out.
/// Network file systems differ in these. All that is made is removed again.
/// </summary>
public static class FolderTrial
{
    /// <summary>Tries everything.</summary>
    /// <param name="folder">The folder; made where it is absent.</param>
    /// <returns>What was tried, and why it does not work; null where it does.</returns>
    public static IReadOnlyList<(string What, string? Fault)> Of(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var root = Path.Combine(folder, $"trial.{Guid.NewGuid():n}.tmp");
        try
        {
            return
            [
                ("write", Fault(() => Directory.CreateDirectory(root))),
                ("fsync", Fault(() => AtomicWrite.Text(Path.Combine(root, "file"), "first"))),
                ("rename over a file", Fault(() => RenamesOver(Path.Combine(root, "file")))),
                ("rename a folder", Fault(() => AtomicWrite.Folder(Path.Combine(root, "folder"), _ => { }))),
                ("lock", Fault(() => LocksOut(Path.Combine(root, "lock")))),
            ];
        }
        finally
        {
            AtomicWrite.TryDelete(root);
        }
    }

    private static void RenamesOver(string path)
    {
        AtomicWrite.Text(path, "second");
        if (File.ReadAllText(path) != "second")
        {
            throw new IOException("a file that was renamed over another still holds what the other held");
        }
    }

    private static void LocksOut(string path)
    {
        using var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            using var second = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return;
        }

        throw new IOException("a file that is locked can be opened again: two processes could work on one run");
    }

    private static string? Fault(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message.TrimEnd('.');
        }
    }
}
