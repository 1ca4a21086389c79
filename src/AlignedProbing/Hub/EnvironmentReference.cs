using System.Text.RegularExpressions;

namespace AlignedProbing.Hub;

/// <summary>References to variables within a path, <c>$NAME</c> or <c>${NAME}</c>; one that is not set stays as it is written.</summary>
internal static partial class EnvironmentReference
{
    public static string Expand(string path, Func<string, string?> variable) =>
        Reference().Replace(path, match => variable(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value) ?? match.Value);

    [GeneratedRegex(@"\$(?:([A-Za-z0-9_]+)|\{([^}]+)\})", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Reference();
}
