namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>Who may use a file, where the system knows of it; clusters run on Unix.</summary>
internal static class FileRights
{
    public static void OwnerOnly(string path, bool run)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (run ? UnixFileMode.UserExecute : UnixFileMode.None));
        }
    }
}
