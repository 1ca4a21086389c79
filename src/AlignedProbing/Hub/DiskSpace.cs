namespace AlignedProbing.Hub;

/// <summary>How much a disk still holds.</summary>
internal static class DiskSpace
{
    /// <summary>Bytes that this user may still write in a folder, which need not be there yet.</summary>
    public static long FreeAt(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above)
        {
            path = above;
        }

        return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path).AvailableFreeSpace;
    }
}
