using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>
/// The files of a run folder as hashes, without what docs/reference/run-folder.md says may differ: unit.json, and the footer of the report, which says when and
/// by what
/// it was made.
/// </summary>
internal static partial class RunFiles
{
    public static SortedDictionary<string, string> Hashes(string folder)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, file);
            if (Path.GetFileName(file) is "unit.json" or ".lock")
            {
                continue;
            }

            var bytes = File.ReadAllBytes(file);
            if (Path.GetFileName(file) == "report.html")
            {
                bytes = Encoding.UTF8.GetBytes(Occasion().Replace(Encoding.UTF8.GetString(bytes), ""));
            }

            hashes[name] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        return hashes;
    }

    [GeneratedRegex("<footer id=\"made\">.*?</footer>", RegexOptions.Singleline, 1000)]
    private static partial Regex Occasion();
}
