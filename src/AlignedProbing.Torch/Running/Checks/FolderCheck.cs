using AlignedProbing.Files;

namespace AlignedProbing.Torch.Running.Checks;

/// <summary>Looks at folders: whether they take files, how much room they have, and what their file system can do.</summary>
internal static class FolderCheck
{
    private const long Little = 5L << 30;

    /// <summary>The folder of runs: free room, and everything that a run does with files.</summary>
    public static IEnumerable<CheckLine> Of(string folder, RunMachine machine)
    {
        var path = Path.GetFullPath(Path.Combine(machine.WorkingFolder, folder));
        var there = Existing(path);
        yield return Room("run folder", path, there);
        var tried = FolderTrial.Of(there);
        var faults = tried.Where(trial => trial.Fault is not null).ToArray();
        yield return faults.Length == 0
            ? new CheckLine("file system", CheckState.Ok, $"{there}: {string.Join(", ", tried.Select(trial => trial.What))} work")
            : new CheckLine(
                "file system",
                CheckState.Fails,
                $"{there}: {string.Join("; ", faults.Select(trial => $"{trial.What}: {trial.Fault}"))}",
                "Put the run on a file system that has these (not every network share has locks), or name another with --output or RESULT_PATH");
    }

    /// <summary>A folder of a cache.</summary>
    public static CheckLine Cache(string subject, string folder) => Room(subject, folder, Existing(folder));

    private static CheckLine Room(string subject, string folder, string there)
    {
        var absent = there == folder ? "" : ", which is not there yet and will be made";
        try
        {
            var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(there)! : there).AvailableFreeSpace;
            return free < Little
                ? new CheckLine(
                    subject,
                    CheckState.Note,
                    $"{folder}{absent}: {ByteText.Of(free)} free",
                    "That is little: 'aligned-probing plan' says what a run takes")
                : new CheckLine(subject, CheckState.Ok, $"{folder}{absent}: {ByteText.Of(free)} free");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new CheckLine(subject, CheckState.Note, $"{folder}: its room cannot be asked: {error.Message.TrimEnd('.')}");
        }
    }

    private static string Existing(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above)
        {
            path = above;
        }

        return path;
    }
}
