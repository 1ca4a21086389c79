using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>The files of a run folder as hashes, without what docs/run-folder.md says may differ: unit.json, and the time and machine in the reports.</summary>
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
            if (Path.GetFileName(file) is "report.html" or "report.md")
            {
                bytes = Encoding.UTF8.GetBytes(Occasion().Replace(Encoding.UTF8.GetString(bytes), ""));
            }

            hashes[name] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        return hashes;
    }

    // A date with its time, and durations.
    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?( ?UTC|Z)?", RegexOptions.None, 1000)]
    private static partial Regex Occasion();
}
