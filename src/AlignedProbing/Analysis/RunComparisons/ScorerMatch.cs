using System.Text.Json.Nodes;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>A scorer that runs are compared by.</summary>
/// <param name="Label">What it is called in findings: its name; all names, with slashes between them, where they are unlike.</param>
/// <param name="Names">Its name in each run.</param>
/// <param name="IsAcross">Whether unlike scorers stand side by side.</param>
internal sealed record ScorerMatch(string Label, IReadOnlyList<string> Names, bool IsAcross)
{
    private static readonly string[] Identity = ["version", "sha256", "details"];

    /// <summary>The scorers that all runs can be compared by. What is not compared is told in <paramref name="leftOut"/>.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static IReadOnlyList<ScorerMatch> Of(IReadOnlyList<ComparedSource> runs, CommonPrompts common, ComparisonOptions options, List<LeftOut> leftOut)
    {
        var judges = runs.Select(run => run.Judges.Where(judge => options.Scorers?.Contains(judge) ?? true).ToArray()).ToArray();
        if (runs.Zip(judges).FirstOrDefault(pair => pair.Second.Length == 0) is { First: { } without })
        {
            throw new InputException(
                "nothing-to-compare",
                $"comparing '{without.Folder.FullPath}'",
                without.Judges.Count == 0
                    ? "nobody has scored it"
                    : $"it has no scores of {string.Join(", ", options.Scorers!)} (it has those of {string.Join(", ", without.Judges)})",
                "Score it first: aligned-probing score RUN --scorer NAME");
        }

        var (matches, unlike, notShared) = (new List<ScorerMatch>(), new List<string>(), new List<LeftOut>());
        foreach (var name in judges.SelectMany(names => names).Distinct())
        {
            var absent = runs.Zip(judges).Where(pair => !pair.Second.Contains(name)).Select(pair => pair.First.Name).ToArray();
            if (absent.Length > 0)
            {
                notShared.Add(new LeftOut($"scores of {name}", $"{string.Join(", ", absent)} {(absent.Length == 1 ? "has" : "have")} none"));
            }
            else if (Difference(runs, name, common) is { } difference)
            {
                unlike.Add($"{name}: {difference}");
                if (options.AcrossScorers)
                {
                    matches.Add(Across([.. runs.Select(_ => name)]));
                }
                else
                {
                    leftOut.Add(new LeftOut($"scores of {name}", $"they are not alike: {difference}"));
                }
            }
            else
            {
                matches.Add(new ScorerMatch(name, [.. runs.Select(_ => name)], IsAcross: false));
            }
        }

        if (matches.Count > 0)
        {
            leftOut.AddRange(notShared);
        }
        else if (options.AcrossScorers)
        {
            string[] first = [.. judges.Select((names, run) => runs[run].Manifest.Measurement.Scorers.FirstOrDefault(names.Contains) ?? names[0])];
            matches.Add(Across(first));
        }

        return matches.Count > 0
            ? matches
            : throw new InputException(
                "scorers-differ",
                $"comparing {string.Join(", ", runs.Select(run => run.Name))}",
                unlike.Count > 0
                    ? $"their scores are not alike ({string.Join("; ", unlike)})"
                    : $"they share no scorer ({string.Join("; ", runs.Zip(judges, (run, names) => $"{run.Name}: {string.Join(", ", names)}"))})",
                "Score all of them by one scorer (aligned-probing score RUN --scorer NAME), or say --across-scorers: differences then hold those of the " +
                "scorers too, and are labelled so");
    }

    private static ScorerMatch Across(string[] names) => new(string.Join(" / ", names), names, IsAcross: true);

    private static string? Difference(IReadOnlyList<ComparedSource> runs, string name, CommonPrompts common)
    {
        var identities = runs.Select(run => MadeFacts.Options(run.Folder.ScorerFolder(name))).ToArray();
        // Given scores have no scorer but the prompt set: what counts is what it says of the prompts compared, not which file it stands in.
        foreach (var field in Identity.Where(field => name != "given" || field == "version"))
        {
            if (identities.Any(identity => !JsonNode.DeepEquals(identity?[field], identities[0]?[field])))
            {
                return $"{field} differs ({string.Join(", ", runs.Zip(identities, (run, identity) => $"{run.Name}: {Short(identity?[field])}"))})";
            }
        }

        string[] promptScores = [.. runs.Select(run => name == "given" ? "given" : run.Manifest.Measurement.PromptScores)];
        if (promptScores.Distinct().Count() > 1)
        {
            return $"the prompts' scores come from different places ({string.Join(", ", runs.Zip(promptScores, (run, from) => $"{run.Name}: {from}"))})";
        }

        var other =
            promptScores[0] == "given"
                ? Enumerable
                    .Range(0, common.Count)
                    .Count(prompt => runs.Select((_, run) => Given(runs, common, run, prompt)).Any(scores => !IsLike(scores, Given(runs, common, 0, prompt))))
                : 0;
        return other > 0 ? $"{other} prompts have other scores given in one run than in another" : null;
    }

    private static IReadOnlyDictionary<string, double?> Given(IReadOnlyList<ComparedSource> runs, CommonPrompts common, int run, int prompt) =>
        runs[run].Index.Prompts[common.Positions[run][prompt]].Scores;

    private static bool IsLike(IReadOnlyDictionary<string, double?> one, IReadOnlyDictionary<string, double?> other) =>
        one.All(pair => pair.Value is null || other.GetValueOrDefault(pair.Key) is not { } value || value.Equals(pair.Value.Value));

    private static string Short(JsonNode? value)
    {
        const int Most = 16;
        var text = value is null ? "not noted" : MadeFacts.Text(value);
        return text.Length > Most ? text[..Most] + "…" : text;
    }
}
