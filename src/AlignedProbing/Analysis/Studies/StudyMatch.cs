using System.Text.Json;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Studies;

/// <summary>
/// Which runs of a study can stand beside each other: those on the same prompts, by the same scorer, with the same probe. Others are told by name.
/// </summary>
internal sealed class StudyMatch
{
    private StudyMatch(IReadOnlyList<StudySource> runs, string? scorer, string? probe) => (Runs, Scorer, Probe) = (runs, scorer, probe);

    /// <summary>The runs that can, in the study's order.</summary>
    public IReadOnlyList<StudySource> Runs { get; }

    public string? Scorer { get; }

    public string? Probe { get; }

    public static StudyMatch Of(IReadOnlyList<StudySource> sources, StudyOptions options, List<LeftOut> leftOut)
    {
        foreach (var source in sources.Where(source => source.Unusable is not null))
        {
            leftOut.Add(new LeftOut(source.Member.Name, source.Unusable!));
        }

        var runs = sources.Where(source => source.Findings is not null).ToList();
        Twins(runs, leftOut);
        Keep(runs, leftOut, source => PromptsOf(source.Findings!.Manifest), (source, usual) =>
            $"other prompts ({Short(source.Findings!.Manifest)}; most runs have {Short(usual.Findings!.Manifest)})");
        var scorer = options.Scorer ?? Most(runs.SelectMany(source => source.Findings!.Scorers.Where(IsJudge).Select(found => found.Name)));
        Drop(runs, leftOut, source => source.Findings!.Scorers.Any(found => found.Name == scorer), _ => $"{scorer} has not scored it");
        Keep(runs, leftOut, source => ScorerOf(source, scorer!), (source, usual) =>
            $"another scorer: {ScorerOf(source, scorer!)}, and most runs have {ScorerOf(usual, scorer!)}");
        var probes = runs.SelectMany(source => source.Findings!.Peaks.Where(peak => peak.Scorer == scorer).Select(peak => peak.Probe).Distinct());
        var probe = options.Probe ?? Most(probes);
        if (probe is not null)
        {
            Drop(runs, leftOut, source => source.Findings!.Internals.Any(row => row.Probe == probe && row.Scorer == scorer), _ => $"{probe} has not probed it");
            Keep(runs, leftOut, source => ProbeOf(source, probe, scorer!), (_, _) => $"{probe} was asked otherwise than in most runs");
        }

        return new StudyMatch(runs, scorer, probe);
    }

    // Two members that are the same run count once: the second would be no second model.
    private static void Twins(List<StudySource> runs, List<LeftOut> leftOut)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        runs.RemoveAll(source =>
        {
            var identity = JsonSerializer.Serialize(source.Findings!.Manifest with { Measurement = MeasurementManifest.Usual }, RecordJson.Line);
            if (first.TryAdd(identity, source.Member.Name))
            {
                return false;
            }

            leftOut.Add(new LeftOut(source.Member.Name, $"it is the same run as {first[identity]}: the same model, prompts and options"));
            return true;
        });
    }

    private static void Keep(
        List<StudySource> runs, List<LeftOut> leftOut, Func<StudySource, string> key, Func<StudySource, StudySource, string> why)
    {
        if (Most(runs.Select(key)) is { } usual)
        {
            var example = runs.First(source => key(source) == usual);
            Drop(runs, leftOut, source => key(source) == usual, source => why(source, example));
        }
    }

    private static void Drop(List<StudySource> runs, List<LeftOut> leftOut, Predicate<StudySource> stays, Func<StudySource, string> why)
    {
        leftOut.AddRange(runs.Where(source => !stays(source)).Select(source => new LeftOut(source.Member.Name, why(source))));
        runs.RemoveAll(source => !stays(source));
    }

    // The one named most often; of several the first.
    private static string? Most(IEnumerable<string> names) => names.GroupBy(name => name).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key;

    private static bool IsJudge(ScorerFinding scorer) => !scorer.Attributes.All(TextProperty.Is);

    private static string PromptsOf(Manifest manifest) =>
        $"{manifest.Prompts.Sha256} {manifest.Prompts.Prompts} {manifest.Prompts.PromptField} {manifest.Prompts.ContinuationField}";

    private static string Short(Manifest manifest) => $"{manifest.Prompts.Prompts} of {manifest.Prompts.Name}";

    private static string ScorerOf(StudySource source, string scorer)
    {
        var found = source.Findings!.Scorers.First(other => other.Name == scorer);
        return $"{found.Name} {string.Join(" and ", found.Versions)}{(found.PromptScores == "given" ? " with the prompt set's scores of prompts" : "")}";
    }

    private static string ProbeOf(StudySource source, string probe, string scorer)
    {
        var options = MadeFacts.Options(source.Folder.ProbeFolder(probe, scorer));
        return string.Join(' ', (options ?? []).Where(pair => !ProbeMatch.IsChoice(pair.Key)).Select(pair => $"{pair.Key}={pair.Value?.ToJsonString()}"));
    }
}
