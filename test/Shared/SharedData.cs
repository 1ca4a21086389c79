namespace AlignedProbing.Tests.Shared;

/// <summary>
/// Finds the folder of reference values and data beside the repository. A test that needs a part of it skips, with the reason, where it is absent.
/// </summary>
internal static class SharedData
{
    /// <summary>The repository's root.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Path below <c>../shared</c>; skips the test where it is absent.</summary>
    public static string Path(params ReadOnlySpan<string> parts)
    {
        var path = System.IO.Path.Combine([System.IO.Path.GetFullPath(System.IO.Path.Combine(RepositoryRoot, "..", "shared")), .. parts]);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"needs ../shared/{string.Join('/', parts!)}, which is not here");
        return path;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "AlignedProbing.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
