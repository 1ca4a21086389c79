using System.Text.Json.Nodes;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>Which results of one probe in several runs are alike enough to be compared.</summary>
internal static class ProbeMatch
{
    private static readonly Scenario[] All = [Scenario.Input, Scenario.Forward, Scenario.Output, Scenario.Backward];

    // What was chosen to be probed: it says which cells there are, not what they mean.
    private static readonly string[] Choices = ["scenarios", "attributes", "controls", "online_coding"];

    // Whose scores are the labels, which scorers' matching has judged; which vectors were read, which may be what is compared and is told.
    private static readonly string[] JudgedElsewhere = ["scorer", "scorer_versions", "prompt_scores", "pooling"];

    public static bool IsChoice(string field) => Choices.Contains(field);

    /// <summary>The scenarios that can be compared; others are named in <paramref name="leftOut"/>.</summary>
    /// <param name="what">What the probe is called there.</param>
    /// <param name="names">Names of the runs.</param>
    /// <param name="options">What is noted beside each run's results.</param>
    /// <param name="leftOut">Where what is not compared is told.</param>
    public static IReadOnlyList<Scenario> Scenarios(string what, IReadOnlyList<string> names, IReadOnlyList<JsonObject?> options, List<LeftOut> leftOut)
    {
        var unlike = options.SelectMany(fields => fields?.Select(pair => pair.Key) ?? [])
            .Distinct()
            .Where(field => !IsChoice(field) && !JudgedElsewhere.Contains(field))
            .Where(field => options.Any(fields => !JsonNode.DeepEquals(fields?[field], options[0]?[field])))
            .ToArray();
        var scenarios = All.AsEnumerable();
        // What is left out as a whole is told once, with all its reasons.
        foreach (
            var part in unlike
                .GroupBy(Affected)
                .OrderByDescending(part => part.Key == What.Everything)
                .Take(unlike.Any(field => Affected(field) == What.Everything) ? 1 : unlike.Length))
        {
            Scenario[] affected = part.Key switch
            {
                What.Backward => [Scenario.Backward],
                What.Outputs => [Scenario.Forward, Scenario.Output],
                _ => All,
            };
            scenarios = scenarios.Except(affected);
            var why = string.Join(
                "; ",
                part.Select(field => $"{field} ({string.Join(", ", names.Zip(options, (name, fields) => Made(name, fields?[field])))})"));
            leftOut.Add(new LeftOut(affected.Length == All.Length ? what : $"{string.Join(" and ", affected)} of {what}", $"probed otherwise: {why}"));
        }

        return [.. scenarios];

        static string Made(string name, JsonNode? value) => $"{name}: {(value is null ? "not noted" : MadeFacts.Text(value))}";
    }

    private static What Affected(string field) => field switch
    {
        "backward" => What.Backward,
        "continuations" => What.Outputs,
        _ => What.Everything,
    };

    private enum What
    {
        Everything,
        Backward,
        Outputs,
    }
}
