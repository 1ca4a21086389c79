using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace AlignedProbing.Files;

/// <summary>
/// Writing so that a file or folder exists complete or not at all: under a temporary name in the same folder, flushed to disk, then renamed.
/// What a killed process leaves behind ends in <c>.tmp</c>, is never read, and is removed by <see cref="RemoveLeftovers"/>.
/// </summary>
public static partial class AtomicWrite
{
    /// <summary>UTF-8 without a byte order mark, failing on lone surrogates instead of replacing them silently.</summary>
    public static Encoding Utf8 { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a file.</summary>
    public static void File(string path, Action<Stream> write)
    {
        var temporary = TemporaryName(path);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            System.IO.File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a text file in UTF-8 without a byte order mark.</summary>
    public static void Text(string path, string text) => File(path, stream => stream.Write(Utf8.GetBytes(text)));

    /// <summary>Writes a folder: <paramref name="fill"/> gets the temporary folder to write into. Its files are flushed before it takes its name.</summary>
    /// <exception cref="IOException">The folder is there already, or the disk is full; nothing is left behind.</exception>
    public static void Folder(string path, Action<string> fill)
    {
        using var pending = BeginFolder(path);
        fill(pending.TemporaryPath);
        pending.Complete();
    }

    /// <summary>Begins a folder that is filled over some time; as <see cref="Folder"/> otherwise.</summary>
    public static PendingFolder BeginFolder(string path) => new(path, TemporaryName(path));

    /// <summary>
    /// Removes what killed processes left in a folder: temporary names of this class alone, and nothing that a link leads to. Call it only while no other
    /// process writes there.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        var within = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*.tmp", within).Where(IsTemporary).ToArray())
        {
            TryDelete(entry);
        }
    }

    /// <summary>Whether a name (or a path's last part) is one that this class writes under: <c>name.&lt;32 hexadecimal digits&gt;.tmp</c>.</summary>
    public static bool IsTemporary(string path) => OwnTemporary().IsMatch(Path.GetFileName(path));

    [GeneratedRegex(@"^.+\.[0-9a-f]{32}\.tmp\z")]
    private static partial Regex OwnTemporary();

    // Not the process's number: containers that share a run folder all have the same small ones.
    private static string TemporaryName(string path) => $"{path}.{Guid.NewGuid():n}.tmp";

    internal static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                System.IO.File.Delete(path);
            }
        }
        catch (IOException)
        {
            // The error that led here is the one to tell; a leftover is never read.
        }
        catch (UnauthorizedAccessException)
        {
            // Likewise.
        }
    }

    // A rename is durable only once its folder is flushed; .NET has no call for that, so POSIX is asked directly.
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = Open(folder, 0);
        if (handle >= 0)
        {
            _ = Fsync(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
