using System.Globalization;
using System.Text.RegularExpressions;
using AlignedProbing.Settings;

namespace AlignedProbing.Studies;

/// <summary>
/// What runs are called: the model, and what they differ in. The name follows from the run's own options alone, so that a longer file keeps names.
/// </summary>
internal static partial class StudyNames
{
    private const int Longest = 100;

    /// <summary>A name for a run.</summary>
    /// <param name="first">What it begins with; null for the model's.</param>
    /// <param name="options">What the run differs in, with the texts of its value.</param>
    public static string Of(string? first, IReadOnlyList<(Setting Setting, IReadOnlyList<string> Texts)> options)
    {
        var model = options.FirstOrDefault(option => option.Setting.Name == ModelSettings.Model.Name).Texts;
        var name = first ?? (model is [.., var path] ? LastPart(path) : "demo");
        foreach (var (setting, texts) in options.Where(option => option.Setting.Name != ModelSettings.Model.Name && option.Texts.Count > 0))
        {
            var text = string.Join('-', texts);
            name += setting.Name switch
            {
                "--revision" or "--precision" => "-" + text,
                "--adapter" => "-" + LastPart(text),
                "--template" => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    ? "-t" + text
                    : "-" + Path.GetFileNameWithoutExtension(text),
                "--seed" => "-seed" + text,
                _ => $"-{setting.Name[2..]}-{text}",
            };
        }

        return Clean(name);
    }

    /// <summary>A text as a folder's name.</summary>
    public static string Clean(string text)
    {
        var clean = Unusable().Replace(text, "-").TrimStart('.', '-');
        clean = clean.Length > Longest ? clean[..Longest] : clean;
        return clean.Length == 0 ? "run" : clean.TrimEnd('.');
    }

    /// <summary>The step of training that a revision or a checkpoint's folder names; null for none.</summary>
    public static long? StepOf(string? text) =>
        text is not null && Step().Match(LastPart(text)) is { Success: true } match
            && long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : null;

    private static string LastPart(string path) => path.Replace('\\', '/').TrimEnd('/').Split('/')[^1];

    [GeneratedRegex("[^A-Za-z0-9._-]+", RegexOptions.None, 1000)]
    private static partial Regex Unusable();

    [GeneratedRegex(@"(?:^|[-_.])(?:step|checkpoint)[-_]?(\d{1,15})(?:$|[-_.])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Step();
}
