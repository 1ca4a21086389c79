using AlignedProbing.Files;

namespace AlignedProbing.Runs.Units;

/// <summary>What a person is told of a file that is no longer what was written: which, and how its unit is made again.</summary>
internal static class DamagedFile
{
    /// <summary>The error's code.</summary>
    public const string Code = "run-folder-damaged";

    /// <summary>The error for a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="found">What is wrong with it, as a clause.</param>
    public static InputException Of(string path, string found) => new(Code, $"reading '{path}'", found, Remedy(path));

    /// <summary>The error for sums that cannot be read.</summary>
    public static InputException Unreadable(string path, Exception error) =>
        new(Code, $"reading '{path}'", $"it does not hold the sums of its unit's files: {error.Message.TrimEnd('.')}", Remedy(path), error);

    /// <summary>Opens an array file of a unit.</summary>
    /// <exception cref="InputException">It is no array file, or not as long as its header says.</exception>
    public static NpyFile OpenArray(string path)
    {
        try
        {
            return NpyFile.Open(path);
        }
        catch (InputException error)
        {
            throw new InputException(Code, error.Asked, error.Found, Remedy(path), error);
        }
    }

    /// <summary>Checks a file of lines, or one without parts, by what was read of it.</summary>
    /// <exception cref="InputException">It is another.</exception>
    public static void ThrowIfOther(string path, FileSum sum, long bytes, string sha256)
    {
        if (bytes != sum.Bytes)
        {
            throw Of(path, $"it has {bytes} bytes and was written with {sum.Bytes}");
        }

        if (sha256 != sum.Sha256)
        {
            throw Of(path, "its SHA-256 is not that of the file that was written: it was changed or damaged");
        }
    }

    /// <summary>Checks an array file, or one index of its first axis, and nothing of the others.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sum">Its sum; null: the unit carries none.</param>
    /// <param name="part">The index; null: the whole file.</param>
    /// <exception cref="InputException">It is another.</exception>
    public static void ThrowIfOther(NpyFile file, FileSum? sum, int? part)
    {
        if (sum is null)
        {
            return;
        }

        if (part is not { } index || sum.Parts is not { } parts)
        {
            var whole = FileSum.Of(file.Name);
            ThrowIfOther(file.Name, sum, whole.Bytes, whole.Sha256);
        }
        else if (file.HashOfHead() != sum.Head || parts.Count != file.Shape[0])
        {
            throw Of(file.Name, "its header is not the one that was written");
        }
        else if (file.HashOfPart(index) != parts[index])
        {
            throw Of(file.Name, $"index {index} of its first axis is not what was written: it was changed or damaged");
        }
    }

    /// <summary>How the unit that a file belongs to is made again.</summary>
    public static string Remedy(string path)
    {
        string[] parts = Path.GetFullPath(path).Split(Path.DirectorySeparatorChar);
        if (parts[^1].StartsWith("prompts.", StringComparison.Ordinal))
        {
            return "Put the file back as it was, or start the run again in another folder: all that was made rests on these prompts";
        }

        if (parts.Length > 2 && parts[^3].StartsWith("encodings", StringComparison.Ordinal))
        {
            var control = parts[^3] == "encodings" ? "" : $" (with --control {parts[^3]["encodings.".Length..]})";
            return $"Remove the folder '{Path.GetDirectoryName(path)}' and run 'aligned-probing encode'{control} with the run's options: it makes that " +
                "chunk alone. "
                + "Scores and probes that rest on it are to be removed too where the file was damaged before they were made";
        }

        var unit = Path.GetFileName(path)[..Path.GetFileName(path).IndexOf('.', StringComparison.Ordinal)];
        var probe = parts.Length > 3 && parts[^4] == "probes";
        return $"Remove '{Path.Combine(Path.GetDirectoryName(path)!, unit + ".jsonl")}' and run "
            + $"'aligned-probing {(probe ? $"probe --probe {parts[^3]} --scorer {parts[^2]}" : $"score --scorer {parts[^2]}")}' on the run: it makes " +
                "that unit alone";
    }
}
