using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Analysis.Studies;

/// <summary>Interplay between the runs of a study: what <c>interplay</c> computes from tables, from run folders.</summary>
internal static class StudyInterplay
{
    /// <summary>The correlations; null where fewer than two runs have curves.</summary>
    public static InterplayFindings? Of(StudyMatch match, IReadOnlyList<StudyCurve> curves, StudyOptions options, CancellationToken cancellationToken)
    {
        // Properties of texts, such as their length, have strengths and no behaviour: they are no questions, and count in no correction.
        var judged = match.Runs.SelectMany(source => StudyRuns.Behavior(source, match.Scorer)).Select(row => row.Attribute).ToHashSet(StringComparer.Ordinal);
        var attributes = curves.Select(curve => curve.Attribute).Distinct().Where(judged.Contains).ToArray();
        InterplayTables[] parts =
        [
            .. attributes.Select(attribute => Of(match, [.. curves.Where(curve => curve.Attribute == attribute)], attribute)).OfType<InterplayTables>(),
        ];
        return parts.Length == 0
            ? null
            : InterplayAnalysis.Of(
                parts,
                new InterplayOptions { Resamples = options.Resamples, Permutations = options.Permutations, Seed = options.Seed },
                cancellationToken: cancellationToken);
    }

    // Strength of an attribute goes with behaviour of the same attribute: each attribute has a table of behaviour of its own.
    private static InterplayTables? Of(StudyMatch match, IReadOnlyList<StudyCurve> curves, string attribute)
    {
        var named = curves.Select(curve => curve.Run).ToHashSet(StringComparer.Ordinal);
        InterplayRun[] runs =
        [
            .. match.Runs.Where(source => named.Contains(source.Member.Name)).Select(source => new InterplayRun(
                source.Member.Name,
                source.Member.Family,
                source.Findings!.Manifest.Model.Layers - 1,
                InterplayOptions.DefaultMetrics.ToDictionary(
                    metric => metric,
                    metric => StudyRuns.Behavior(source, match.Scorer)
                        .FirstOrDefault(row => row.Attribute == attribute && row.Metric == metric)?.Value ?? double.NaN,
                    StringComparer.Ordinal))),
        ];
        return runs.Length < 2
            ? null
            : InterplayTables.Of(
                runs,
                InterplayOptions.DefaultMetrics,
                [
                    .. curves.Select(curve => (
                        curve.Run,
                        curve.Scenario.ToString().ToLowerInvariant(),
                        attribute,
                        (IReadOnlyList<double>)[.. curve.Strength.Select(value => value ?? double.NaN)])),
                ]);
    }
}
