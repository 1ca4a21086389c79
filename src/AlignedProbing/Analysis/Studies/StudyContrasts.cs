using System.Globalization;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Analysis.Studies;

/// <summary>
/// Case studies as contrasts: runs that differ in one thing, held against each other by the comparison that <c>compare</c> makes, paired by prompt.
/// </summary>
internal static class StudyContrasts
{
    private const string Model = "model";

    // How a family of runs along training is known: the model and its revision change with the step.
    private static readonly string[] OfTraining = [Model, "revision"];

    // What a model and its base differ in whatever else is the same.
    private static readonly string[] OfWeights = [Model, "revision", "adapter"];

    /// <summary>The contrasts there are.</summary>
    public static IReadOnlyList<StudyContrast> Of(
        StudyMatch match,
        string? attribute,
        StudyOptions options,
        List<LeftOut> leftOut,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        Group[] groups =
        [
            .. Along(match, "precision", "full", first: true),
            .. Along(match, "adapter", "no adapter", first: true),
            .. Along(match, "template", "template 0", first: false),
            .. Training(match),
            .. Bases(match, leftOut),
        ];
        var contrasts = new List<StudyContrast>();
        for (var number = 0; number < groups.Length; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            contrasts.AddRange(Compared(groups[number], match, attribute, options, leftOut, cancellationToken));
            progress?.Report(new StageProgress("contrasts", number + 1, groups.Length, "groups"));
        }

        return contrasts;
    }

    /// <summary>The same contrast over several pairs of runs.</summary>
    public static IReadOnlyList<StudyContrastMean> Means(IReadOnlyList<StudyContrast> contrasts, StudyOptions options) =>
    [
        .. from contrast in contrasts
           where contrast.Difference is { Difference: not null, Kind: "behavior" or "texts" or "peak" }
           group contrast by (
               contrast.Contrast, contrast.From, contrast.To, contrast.Difference.Kind, contrast.Difference.Attribute, contrast.Difference.Scenario,
               contrast.Difference.Metric) into same
           where same.Count() > 1
           let values = same.Select(contrast => contrast.Difference.Difference!.Value).ToArray()
           let found = values.Length < StudyCurves.FewestForInterval ? null : StudyCurves.MeanOf(values, options)
           select new StudyContrastMean
           {
               Contrast = same.Key.Contrast,
               From = same.Key.From,
               To = same.Key.To,
               Kind = same.Key.Kind,
               Attribute = same.Key.Attribute,
               Scenario = same.Key.Scenario,
               Metric = same.Key.Metric,
               Mean = Statistics.Moments.Mean(values).Value!.Value,
               Low = found?.Low,
               High = found?.High,
               Runs = values.Length,
               Families = same.Select(contrast => contrast.Family).Distinct(StringComparer.Ordinal).Count(),
           },
    ];

    // Runs that differ in one option alone. The first is the baseline of all, or each is the baseline of all after it.
    private static IEnumerable<Group> Along(StudyMatch match, string option, string usual, bool first)
    {
        foreach (var same in match.Runs.GroupBy(source => Key(source.Member, [option])).Where(group => group.Count() > 1))
        {
            StudySource[] ordered =
                [.. same.OrderBy(source => source.Member.Settings.GetValueOrDefault(option) is { } value ? "1" + value : "0", StringComparer.Ordinal)];
            // Where the usual value is absent there is nothing that the others are held against; templates are held against each other.
            if (first && ordered[0].Member.Settings.ContainsKey(option))
            {
                continue;
            }

            for (var place = 0; place < (first ? 1 : ordered.Length - 1); place++)
            {
                yield return new Group(option, [.. ordered[place..].Select(source => (source, ValueOf(source.Member)))]);
            }
        }

        string ValueOf(StudyMember member) => !member.Settings.TryGetValue(option, out var value) ? usual : option == "template" ? "template " + value : value;
    }

    // Checkpoints are held against the last one.
    private static IEnumerable<Group> Training(StudyMatch match) =>
        from source in match.Runs
        where source.Member.Step is not null
        group source by $"{source.Member.Family}\n{source.Member.Kind}\n{Key(source.Member, OfTraining)}" into series
        where series.Select(source => source.Member.Step).Distinct().Count() > 1
        select new Group(
            "training",
            [.. series.OrderByDescending(source => source.Member.Step).Select(source => (source, StepOf(source)))]);

    private static string StepOf(StudySource source) => string.Create(CultureInfo.InvariantCulture, $"step {source.Member.Step}");

    private static IEnumerable<Group> Bases(StudyMatch match, List<LeftOut> leftOut)
    {
        foreach (var source in match.Runs.Where(source => source.Member.Base is not null))
        {
            var named = source.Member.Base!;
            var candidates = match.Runs.Where(other => other != source && (other.Member.Name == named || other.Member.Model == named)).ToArray();
            var found = candidates.FirstOrDefault(other => other.Member.Name == named)
                ?? candidates.FirstOrDefault(other => Key(other.Member, OfWeights) == Key(source.Member, OfWeights));
            if (found is not null)
            {
                yield return new Group("base", [(found, found.Member.Kind ?? found.Member.Name), (source, source.Member.Kind ?? source.Member.Name)]);
                continue;
            }

            leftOut.Add(new LeftOut(
                $"{source.Member.Name} against its base",
                candidates.Length == 0
                    ? $"no run of '{named}' is in the study, or none that can be compared"
                    : $"no run of '{named}' has the same options ({string.Join(", ", candidates.Select(other => other.Member.Name))} have others)"));
        }
    }

    private static IEnumerable<StudyContrast> Compared(
        Group group, StudyMatch match, string? attribute, StudyOptions options, List<LeftOut> leftOut, CancellationToken cancellationToken)
    {
        ComparisonFindings found;
        try
        {
            found = RunComparison.Of(
                [.. group.Runs.Select(run => run.Source.Compared(cancellationToken))],
                new ComparisonOptions
                {
                    Resamples = options.Resamples,
                    Seed = options.Seed,
                    Scorers = match.Scorer is null ? null : [match.Scorer],
                    Probes = match.Probe is null ? [] : [match.Probe],
                    StrengthAttributes = attribute is null ? null : [attribute],
                },
                progress: null,
                cancellationToken);
        }
        catch (InputException error)
        {
            leftOut.Add(new LeftOut($"{group.Contrast}: {string.Join(", ", group.Runs.Select(run => run.Source.Member.Name))}", error.Found));
            return [];
        }

        var byName = group.Runs.ToDictionary(run => run.Source.Member.Name, StringComparer.Ordinal);
        return found.Differences
            .Where(difference => difference.Subset is null or "all")
            .Select(difference => new StudyContrast(
                group.Contrast, byName[difference.Baseline].Value, byName[difference.Run].Value, byName[difference.Run].Source.Member.Family, difference));
    }

    private static string Key(StudyMember member, string[] without) =>
        string.Join('\n', member.Settings.Where(pair => !without.Contains(pair.Key)).Select(pair => $"{pair.Key}={pair.Value}"));

    private sealed record Group(string Contrast, IReadOnlyList<(StudySource Source, string Value)> Runs);
}
