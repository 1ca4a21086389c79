using System.Reflection;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// libtorch in the cache of NuGet: the command as a .NET tool is small because it leaves out what <c>dotnet package download</c>, or a build of any program
/// with libtorch, has put there.
/// </summary>
internal static class NugetCache
{
    /// <summary>The package of this system.</summary>
    public const string Package = "libtorch-cpu-linux-x64";

    /// <summary>The version that is asked for.</summary>
    public static string Version { get; } =
        typeof(NugetCache).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "LibtorchVersion").Value!;

    /// <summary>The cache's folder: <c>NUGET_PACKAGES</c>, or <c>.nuget/packages</c> in the home folder; null where there is no home folder.</summary>
    /// <param name="variable">Variables of the environment.</param>
    public static string? FolderOf(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return variable("NUGET_PACKAGES") is { Length: > 0 } folder ? folder
            : (variable("HOME") ?? variable("USERPROFILE")) is { Length: > 0 } home ? Path.Combine(home, ".nuget", "packages")
            : null;
    }

    /// <summary>Where the libraries lie in it; null where there is no such folder.</summary>
    /// <param name="variable">Variables of the environment.</param>
    public static string? LibrariesOf(Func<string, string?> variable) =>
        FolderOf(variable) is { } cache && Path.Combine(cache, Package, Version, "runtimes", "linux-x64", "native") is var folder && Directory.Exists(folder)
            ? folder
            : null;

    /// <summary>The command that puts them there.</summary>
    /// <param name="variable">Variables of the environment.</param>
    public static string CommandOf(Func<string, string?> variable) => $"dotnet package download {Package}@{Version} --output {FolderOf(variable) ?? "FOLDER"}";
}
