using System.Reflection;
using System.Runtime.InteropServices;

namespace AlignedProbing.Cli;

/// <summary>What <c>--version</c> says: the version, the commit that it was built from, and what it runs on.</summary>
internal static class VersionText
{
    /// <summary>The text: <c>0.1.0, commit 7f005ae3…, .NET 10.0.1, linux-x64</c>.</summary>
    public static string Of(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var version = assembly.GetName().Version?.ToString(3);
        var commit = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == "Commit")?.Value;
        return $"{version}, {(string.IsNullOrEmpty(commit) ? "built outside a git repository" : $"commit {commit}")}, " +
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}";
    }
}
