using System.Globalization;
using System.Text.RegularExpressions;

namespace AlignedProbing.Gguf;

/// <summary>The files that a model is split into: <c>name-00001-of-00003.gguf</c>, of which the first has the metadata.</summary>
public static partial class GgufSplits
{
    private const int Most = 9999;

    /// <summary>All files of a model, the one given first; that one alone where it is no part.</summary>
    /// <exception cref="InputException"><c>gguf-broken</c>: a part is not there, or another one than the first was given.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        var match = Part().Match(Path.GetFileName(path));
        if (!match.Success)
        {
            return [path];
        }

        var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        var count = int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        if (number != 1 || count is < 1 or > Most)
        {
            throw new InputException(
                "gguf-broken",
                $"reading '{path}'",
                $"it is part {number} of {count}, and what says how the model is built stands in the first",
                "Give the first part: its name ends in -00001-of-" + match.Groups["count"].Value + ".gguf");
        }

        string[] paths =
        [
            .. Enumerable.Range(1, count).Select(part => Path.Combine(
                Path.GetDirectoryName(path) ?? "",
                string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"].Value}-{part:00000}-of-{count:00000}.gguf"))),
        ];
        var absent = Array.FindAll(paths, part => !File.Exists(part));
        return absent.Length == 0
            ? paths
            : throw GgufErrors.Broken(
                path,
                $"of its {count} parts {string.Join(", ", absent.Take(5).Select(Path.GetFileName))}{(absent.Length > 5 ? " and others" : "")} are not there");
    }

    [GeneratedRegex(@"^(?<name>.+)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Part();
}
