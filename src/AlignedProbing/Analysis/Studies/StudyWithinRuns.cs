using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Studies;

/// <summary>Interplay within each run, over prompts: does the model write more toxically where it takes a prompt for more toxic than it is?</summary>
internal static class StudyWithinRuns
{
    private const string Plain = "none";

    /// <summary>A row for each run, attribute, kind of behaviour and layer; where a second scorer judged the run, behaviour by it too.</summary>
    public static IReadOnlyList<StudyWithin> Of(
        StudyMatch match, StudyOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var rows = new List<StudyWithin>();
        for (var number = 0; match.Probe is not null && number < match.Runs.Count; number++)
        {
            rows.AddRange(Of(match.Runs[number], match, options, cancellationToken));
            progress?.Report(new StageProgress("within runs", number + 1, match.Runs.Count, "runs"));
        }

        return rows;
    }

    private static List<StudyWithin> Of(StudySource source, StudyMatch match, StudyOptions options, CancellationToken cancellationToken)
    {
        var compared = source.Compared(cancellationToken);
        var (_, places) = InternalsAnalysis.Of(source.Folder, source.Findings!.Manifest, match.Probe!, match.Scorer!, [], []);
        var continuations = ProbeNotes.Continuations(source.Folder, match.Probe!, match.Scorer!);
        var probes = new ProbeSource(source.Folder, match.Probe!, match.Scorer!, places, null, continuations);
        var truths = compared.Scores(match.Scorer!, cancellationToken).Attributes.ToDictionary(scores => scores.Attribute, StringComparer.Ordinal);
        var judges = compared.Judges.Where(judge => !compared.Scores(judge, cancellationToken).OnlyDescribes).ToArray();
        var jobs = new List<(AttributeScores Truth, string Judge, AttributeScores Judged, string Behavior)>();
        foreach (var truth in truths.Values.Where(scores => !TextProperty.Is(scores.Attribute)))
        {
            foreach (var judge in judges)
            {
                if (compared.Scores(judge, cancellationToken).Attributes.FirstOrDefault(scores => scores.Attribute == truth.Attribute) is { } judged)
                {
                    jobs.Add((truth, judge, judged, "max"));
                    jobs.Add((truth, judge, judged, "mean"));
                }
            }
        }

        var found = new IReadOnlyList<StudyWithin>[jobs.Count];
        ParallelWork.For(jobs.Count, number =>
        {
            var (truth, judge, judged, behavior) = jobs[number];
            var series = places.Keys
                .Where(key => key is { Scenario: Scenario.Input, Control: Plain } && key.Attribute == truth.Attribute)
                .OrderBy(key => key.Layer)
                .Select(key => (key.Layer, Series: probes.Read(key)))
                .Where(pair => pair.Series is not null)
                .Select(pair => (pair.Layer, Series: pair.Series!))
                .ToArray();
            var behaviors = Behavior(judged, compared.Index, behavior);
            found[number] = series.Length == 0 ? [] : Layers(series, truth.Prompt, behaviors, options, (layer, n) => new StudyWithin
            {
                Run = source.Member.Name,
                Scorer = match.Scorer!,
                BehaviorScorer = judge,
                Probe = match.Probe!,
                Attribute = truth.Attribute,
                Behavior = behavior,
                Layer = layer,
                N = n,
            });
        }, cancellationToken);
        return [.. found.SelectMany(rows => rows)];
    }

    private static double[] Behavior(AttributeScores scores, PromptIndex prompts, string behavior) =>
    [
        .. Enumerable.Range(0, prompts.Count).Select(prompt =>
            scores.Scored[prompt] == 0 || scores.Scored[prompt] < prompts.Expected[prompt] ? double.NaN
            : behavior == "max" ? scores.Max[prompt]
            : scores.Sum[prompt] / scores.Scored[prompt]),
    ];

    private static IReadOnlyList<StudyWithin> Layers(
        (int Layer, CellSeries Series)[] layers, double[] truth, double[] behavior, StudyOptions options, Func<int, int, StudyWithin> row)
    {
        // Predictions of a layer by prompt: the mean over seeds. Input vectors are one a prompt, so rows are prompts.
        var predicted = layers.Select(layer =>
        {
            var byPrompt = new double[truth.Length];
            byPrompt.AsSpan().Fill(double.NaN);
            for (var place = 0; place < layer.Series.Rows.Count; place++)
            {
                byPrompt[layer.Series.Rows.Prompts[place]] = layer.Series.Predictions.Average(seed => seed[place]);
            }

            return byPrompt;
        }).ToArray();
        var folds = Folds(layers[0].Series.Rows, truth.Length);
        int[] prompts =
        [
            .. Enumerable.Range(0, truth.Length).Where(prompt =>
                folds[prompt] >= 0 && double.IsFinite(truth[prompt]) && double.IsFinite(behavior[prompt])
                && Array.TrueForAll(predicted, layer => double.IsFinite(layer[prompt]))),
        ];
        int[] ofRows = Array.ConvertAll(prompts, prompt => folds[prompt]);
        int[] there = [.. ofRows.Distinct().Order()];
        var found = WithinLayers.Of(
            [.. predicted.Select(layer => Taken(layer))],
            Taken(behavior),
            Taken(truth),
            Array.ConvertAll(ofRows, fold => Array.IndexOf(there, fold)),
            options.Resamples,
            options.Seed);
        StudyWithin[] rows =
        [
            .. layers.Select((layer, place) =>
                Row(row(layer.Layer, prompts.Length), found[place], layer.Layer == 0 ? null : found[0], layers[0].Layer)),
        ];
        var adjusted = new Queue<double>(Holm.Adjusted([.. rows.Select(one => one.P).OfType<double>()]));
        return [.. rows.Select(one => one.P is null ? one : one with { Holm = adjusted.Dequeue() })];

        double[] Taken(double[] values) => Array.ConvertAll(prompts, prompt => values[prompt]);
    }

    private static StudyWithin Row(
        StudyWithin row, (Estimate Estimate, double[] Resampled) found, (Estimate Estimate, double[] Resampled)? words, int firstLayer)
    {
        if (found.Estimate.Value is not { } r)
        {
            return row with { Reason = found.Estimate.Reason };
        }

        var (low, high, p) = DifferenceFamily.Test(r, found.Resampled);
        var whole = row with { R = r, Low = low, High = high, P = p };
        if (firstLayer != 0 || words is not { Estimate.Value: { } ofWords } first)
        {
            return whole;
        }

        var (beyondLow, beyondHigh) = Bootstrap.Interval([.. found.Resampled.Select((value, resample) => value - first.Resampled[resample])]);
        return whole with { BeyondWords = r - ofWords, BeyondLow = beyondLow, BeyondHigh = beyondHigh };
    }

    private static int[] Folds(CellRows rows, int prompts)
    {
        var folds = new int[prompts];
        folds.AsSpan().Fill(-1);
        for (var fold = 0; fold < rows.Folds; fold++)
        {
            for (var place = rows.FoldStarts[fold]; place < rows.FoldStarts[fold + 1]; place++)
            {
                folds[rows.Prompts[place]] = fold;
            }
        }

        return folds;
    }
}
