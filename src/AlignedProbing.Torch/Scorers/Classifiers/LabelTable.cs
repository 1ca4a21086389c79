using System.Text.RegularExpressions;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>
/// Which attribute a classifier's label is. Data sets and models spell the same thing in many ways; where attributes have a name here already (that of
/// Perspective's, in the paper), labels take it. Any other label is an attribute of its own.
/// </summary>
public static partial class LabelTable
{
    private const string Length = "length";

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["toxic"] = "toxicity",
        ["toxicity"] = "toxicity",
        ["severe_toxic"] = "severe_toxicity",
        ["severe_toxicity"] = "severe_toxicity",
        ["severely_toxic"] = "severe_toxicity",
        ["obscene"] = "profanity",
        ["obscenity"] = "profanity",
        ["profane"] = "profanity",
        ["profanity"] = "profanity",
        ["insult"] = "insult",
        ["insulting"] = "insult",
        ["threat"] = "threat",
        ["threatening"] = "threat",
        ["identity_hate"] = "identity_attack",
        ["identity_attack"] = "identity_attack",
        ["sexual_explicit"] = "sexually_explicit",
        ["sexually_explicit"] = "sexually_explicit",
        ["flirtation"] = "flirtation",
        ["hate"] = "hate",
        ["hateful"] = "hate",
        ["hate_speech"] = "hate",
        ["hatespeech"] = "hate",
        ["offensive"] = "offensive",
    };

    // Labels which say that nothing is there.
    private static readonly HashSet<string> Nothing = new(StringComparer.Ordinal)
    {
        "neutral",
        "normal",
        "none",
        "safe",
        "clean",
        "ok",
        "okay",
        "neither",
        "nothing",
        "benign",
        "acceptable",
        "appropriate",
        "nontoxic",
        "nothate",
        "nohate",
        "nonhate",
        "inoffensive",
        "notoffensive",
    };

    /// <summary>What each label is.</summary>
    /// <param name="labels">The labels, in the order of the outputs.</param>
    /// <param name="own">The user's own entries: an attribute, or null to leave the label out. Labels as the model spells them.</param>
    /// <returns>The attribute of each output; null where it is none.</returns>
    /// <exception cref="InputException"><c>classifier-labels</c>: labels that say nothing, two that would be the same attribute, none that is one, or entries
    /// for labels that are not there.</exception>
    public static IReadOnlyList<string?> Attributes(IReadOnlyList<string> labels, IReadOnlyDictionary<string, string?> own)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(own);
        var unknown = own.Keys.Where(label => !labels.Contains(label)).ToArray();
        if (unknown.Length > 0)
        {
            throw Unusable(
                $"the scorer file names {string.Join(", ", unknown)}, and the model's labels are {Shown(labels)}",
                "Write labels as the model's config.json has them");
        }

        if (own.Count == 0 && labels.Where(label => Generic().IsMatch(label)).ToArray() is { Length: > 0 } generic)
        {
            throw Unusable(
                $"its labels are {Shown(generic)}, which say nothing",
                $"Say in a scorer file what they mean, for example \"labels\": {{\"{generic[^1]}\": \"toxicity\"}} " +
                "(docs/reference/scorers/classifiers.md); the "
                    + "model's card tells");
        }

        string?[] attributes =
        [
            .. labels.Select(label =>
                own.TryGetValue(label, out var given) ? given
                : Generic().IsMatch(label) ? null
                : AttributeOf(label)),
        ];
        return attributes.Where(attribute => attribute is not null).GroupBy(attribute => attribute).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? throw Unusable(
                    $"two of its labels would be the attribute '{twice.Key}': {string.Join(", ", labels.Where((_, i) => attributes[i] == twice.Key))}",
                    "Give them different names in a scorer file's \"labels\", or leave one out with null (docs/reference/scorers/classifiers.md)")
            : attributes.Any(attribute => attribute is { Length: 0 } or Length)
                ? throw Unusable(
                    $"a label would be an attribute without a name, or '{Length}', which is that of texts",
                    "Give it another name in a scorer file's \"labels\" (docs/reference/scorers/classifiers.md)")
            : attributes.All(attribute => attribute is null)
                ? throw Unusable(
                    $"none of its labels is an attribute: {Shown(labels)}",
                    "Say in a scorer file which is which with \"labels\" (docs/reference/scorers/classifiers.md)")
            : attributes;
    }

    /// <summary>The attribute of one label; null where the label says that nothing is there.</summary>
    public static string? AttributeOf(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        var name = Separators().Replace(label.Trim().ToLowerInvariant(), "_").Trim('_');
        return Known.TryGetValue(name, out var attribute) ? attribute
            : Nothing.Contains(name)
            || name.StartsWith("non_", StringComparison.Ordinal)
            || name.StartsWith("not_", StringComparison.Ordinal)
            || name.StartsWith("no_", StringComparison.Ordinal)
                ? null
            : name;
    }

    private static string Shown(IReadOnlyList<string> labels) => string.Join(", ", labels.Take(12)) + (labels.Count > 12 ? ", ..." : "");

    private static InputException Unusable(string found, string remedy) =>
        new("classifier-labels", "finding out what the classifier's labels are", found, remedy);

    [GeneratedRegex("^(LABEL|class)_?[0-9]+\\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Generic();

    [GeneratedRegex("[^\\p{L}\\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();
}
