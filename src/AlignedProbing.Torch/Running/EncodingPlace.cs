using System.Security.Cryptography;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Where a run's encodings lie: in its folder, or on the disk that <c>ENCODING_PATH</c> names, to which the folder has a link then. Everything else stays in
/// the run folder.
/// </summary>
internal static class EncodingPlace
{
    private const int HashDigits = 8;

    /// <summary>Makes the link before the first chunk. A folder or link that is there stays.</summary>
    /// <param name="run">The run, or the same with a control task's encodings.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="alone">Whether no other process works on the run: what killed ones left at the other end of the link is removed then.</param>
    /// <exception cref="InputException">The link leads nowhere, or cannot be made.</exception>
    public static void Settle(RunFolder run, RunMachine machine, bool alone)
    {
        var place = run.EncodingsFolder;
        if (new FileInfo(place).LinkTarget is { } there && !Directory.Exists(place))
        {
            throw new InputException(
                "run-folder-broken",
                $"opening '{place}'",
                $"it is a link to '{there}', and there is nothing",
                "Mount the disk that holds the encodings, or remove the link to encode anew");
        }

        if (machine.Variable("ENCODING_PATH") is not { Length: > 0 } path)
        {
            return;
        }

        var root = Path.GetFullPath(Path.Combine(machine.WorkingFolder, path));
        try
        {
            if (!Directory.Exists(place))
            {
                // Two runs of one name are of different folders.
                var hash = Convert.ToHexStringLower(SHA256.HashData(AtomicWrite.Utf8.GetBytes(run.FullPath)))[..HashDigits];
                var target = Path.Combine(root, $"{Path.GetFileName(run.FullPath)}-{hash}", Path.GetFileName(place));
                Directory.CreateDirectory(target);
                Link(place, target);
                machine.Log.Say($"encodings go to {target} (ENCODING_PATH)");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritable(root, error);
        }

        if (alone && new DirectoryInfo(place).ResolveLinkTarget(returnFinalTarget: true) is { } end && IsBelow(end.FullName, root))
        {
            AtomicWrite.RemoveLeftovers(end.FullName);
        }
    }

    // Another share may have made it in the meantime: to the same place.
    private static void Link(string place, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(place, target);
        }
        catch (IOException) when (Directory.Exists(place))
        {
        }
    }

    private static bool IsBelow(string path, string root) => path.StartsWith(root.TrimEnd('/') + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
