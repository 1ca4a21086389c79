using System.Text;
using System.Text.RegularExpressions;

namespace AlignedProbing.Cli.Explain;

/// <summary>The pages of <c>docs/errors</c>, which are part of the program: they need neither a clone nor a network.</summary>
internal static partial class ErrorPages
{
    private const string Prefix = "errors/";

    /// <summary>The codes that have a page, in order.</summary>
    public static IReadOnlyList<string> Codes { get; } =
    [
        .. typeof(ErrorPages).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A page as it reads on a terminal; null where there is none.</summary>
    /// <param name="code">The error's code: <c>wrong-usage</c>.</param>
    public static string? Of(string code)
    {
        using var stream = typeof(ErrorPages).Assembly.GetManifestResourceStream(Prefix + code);
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Plain(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    // Markdown without its marks: names of pages in the place of links.
    private static string Plain(string markdown) =>
        Link().Replace(markdown, match => match.Groups[1].Value == match.Groups[2].Value ? match.Groups[1].Value : $"{match.Groups[1].Value} ({Page(match)})")
            .Replace("**", "", StringComparison.Ordinal)
            .TrimStart('#', ' ')
            .TrimEnd('\n');

    private static string Page(Match link)
    {
        var target = link.Groups[2].Value;
        return target.Contains("://", StringComparison.Ordinal) ? target
            : target.StartsWith("../", StringComparison.Ordinal) ? "docs/" + target[3..]
            : "docs/errors/" + target;
    }

    [GeneratedRegex(@"\[([^\]\n]+)\]\(([^)\s]+)\)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Link();
}
