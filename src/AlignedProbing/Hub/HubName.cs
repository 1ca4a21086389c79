using System.Text.RegularExpressions;

namespace AlignedProbing.Hub;

/// <summary>Names of repositories and revisions, which become parts of addresses and of paths.</summary>
internal static partial class HubName
{
    public static bool IsRepository(string text) =>
        text.Length <= 96 && Repository().IsMatch(text) && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether a revision can be asked for: parts between slashes that cannot leave a folder.</summary>
    public static bool IsRevision(string text) =>
        text.Length is > 0 and <= 200
        && text.All(character => character > ' ' && character != 127 && !"\\:*?\"<>|~^[".Contains(character, StringComparison.Ordinal))
        && text.Split('/').All(part => part.Length > 0 && part is not "." and not "..");

    public static bool IsCommit(string text) => Commit().IsMatch(text);

    /// <summary>Whether a file of a repository can be kept: a plain name. Nothing that a model needs lies in a folder below.</summary>
    public static bool IsPlainFile(string text) =>
        text.Length is > 0 and <= 200
        && text is not "." and not ".."
        && text.All(character => character >= ' ' && character != 127 && !"/\\:*?\"<>|".Contains(character, StringComparison.Ordinal));

    /// <summary>Whether a file of a data set can be kept: plain names with slashes between them.</summary>
    public static bool IsRelativeFile(string text) => text.Length <= 400 && text.Split('/').All(IsPlainFile);

    [GeneratedRegex(@"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Repository();

    [GeneratedRegex(@"^[0-9a-f]{40}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Commit();
}
