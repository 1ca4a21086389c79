using AlignedProbing.Files;

namespace AlignedProbing.Hub;

/// <summary>
/// One repository in the cache, laid out as Python's huggingface_hub lays it out: <c>blobs/{hash}</c>, <c>snapshots/{commit}/{file}</c> (a relative link to its
/// blob), <c>refs/{revision}</c> (the commit), <c>.no_exist/{commit}/{file}</c> (an empty mark: the repository has no such file), and locks beside all
/// repositories.
/// </summary>
internal sealed class HubCache(string cacheFolder, HubRequest request)
{
    private readonly string _folder = Path.Combine(cacheFolder, Folder(request));

    /// <summary>The folder with a commit's files.</summary>
    public string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    public string Pointer(string commit, string file) => Path.Combine(Snapshot(commit), file);

    public string Blob(string hash) => Path.Combine(_folder, "blobs", hash);

    public string Incomplete(string hash) => Blob(hash) + ".incomplete";

    public string Lock(string hash) => Path.Combine(cacheFolder, ".locks", Folder(request), hash + ".lock");

    /// <summary>The commit that a revision named when it was last asked for; null where that is not known.</summary>
    public string? Commit(string revision)
    {
        if (HubName.IsCommit(revision))
        {
            return Directory.Exists(Snapshot(revision)) ? revision : null;
        }

        var path = Path.Combine(_folder, "refs", revision);
        return File.Exists(path) && LengthOf(path) is > 0 and < 1000 && File.ReadAllText(path).Trim() is var commit && HubName.IsCommit(commit) ? commit : null;
    }

    /// <summary>Notes which commit a revision names, where the cache may be written.</summary>
    public void Name(string revision, string commit)
    {
        if (revision != commit && Commit(revision) != commit)
        {
            Note(Path.Combine(_folder, "refs", revision), path => AtomicWrite.Text(path, commit));
        }
    }

    /// <summary>Whether a file is there (of any size).</summary>
    public bool Has(string commit, string file) => File.Exists(Pointer(commit, file));

    /// <summary>Whether a file is there with the size that it should have.</summary>
    public bool Has(string commit, HubFile file) => LengthOf(Pointer(commit, file.Name)) == file.Size;

    /// <summary>Whether the repository is known to have no such file.</summary>
    public bool IsAbsent(string commit, string file) => File.Exists(Absent(commit, file));

    /// <summary>Notes that the repository has no such file, where the cache may be written.</summary>
    public void MarkAbsent(string commit, string file)
    {
        if (!IsAbsent(commit, file))
        {
            Note(Absent(commit, file), path => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose());
        }
    }

    /// <summary>Puts a blob into a commit's folder: as a link, or where links are not possible as the file itself.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="isNew">Whether nobody else can have linked the blob yet: then it is moved rather than copied.</param>
    /// <param name="link">Makes a link (path, target), or returns false.</param>
    public void Place(string commit, HubFile file, bool isNew, Func<string, string, bool> link)
    {
        var pointer = Pointer(commit, file.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        // A link into nothing is in the way as well.
        File.Delete(pointer);
        // A file in a folder below lies so much farther from the blobs.
        string[] up = [.. Enumerable.Repeat("..", 2 + file.Name.Count(character => character == '/'))];
        if (link(pointer, Path.Combine([.. up, "blobs", file.Hash!])))
        {
            return;
        }

        if (isNew)
        {
            File.Move(Blob(file.Hash!), pointer, overwrite: true);
        }
        else
        {
            AtomicWrite.File(pointer, stream =>
            {
                using var blob = File.OpenRead(Blob(file.Hash!));
                blob.CopyTo(stream);
            });
        }
    }

    /// <summary>The bytes of a file, or of what a link leads to; null where there is nothing.</summary>
    public static long? LengthOf(string path)
    {
        // FileInfo would give a link's own length.
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(handle);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a symbolic link; false where the disk, the system or the user's rights do not allow one.</summary>
    public static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    // What only saves asking again next time: a cache that may be read and not written, as clusters share them, does without.
    private static void Note(string path, Action<string> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            write(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As said.
        }
    }

    private static string Folder(HubRequest request) =>
        $"{(request.Repository == HubRepository.Model ? "models" : "datasets")}--{request.Name.Replace("/", "--", StringComparison.Ordinal)}";

    private string Absent(string commit, string file) => Path.Combine(_folder, ".no_exist", commit, file);
}
