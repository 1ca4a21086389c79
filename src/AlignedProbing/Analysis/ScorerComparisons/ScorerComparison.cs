using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>
/// Compares scorers on the same texts. Texts are joined by what they are known by, never by position; scores are never merged, and a text that one of the two
/// has not scored is left out and counted.
/// </summary>
public static class ScorerComparison
{
    /// <summary>Compares two tables.</summary>
    /// <param name="first">The one.</param>
    /// <param name="second">What it is held against.</param>
    /// <param name="options">Resamples and seed.</param>
    /// <returns>What was found; null where no text is in both.</returns>
    public static ScorerComparisonFinding? Of(ComparedScores first, ComparedScores second, AnalysisOptions options)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var pair = new ScorerPair(first, second);
        if (pair.Rows.Count == 0)
        {
            return null;
        }

        string[] shared = [.. pair.SharedAttributes];
        return new ScorerComparisonFinding
        {
            First = first.Name,
            Second = second.Name,
            FirstVersion = first.Version,
            SecondVersion = second.Version,
            Agreement = [.. shared.SelectMany(attribute => ScorerAgreement.Of(pair, attribute, options))],
            Reliability = [.. shared.Select(attribute => ScorerAgreement.Reliability(pair, attribute))],
            Changes = first.HasPrompts && second.HasPrompts ? [.. shared.SelectMany(attribute => ScorerChange.Of(pair, attribute, options))] : [],
            OnlyFirst = [.. first.Attributes.Except(second.Attributes)],
            OnlySecond = [.. second.Attributes.Except(first.Attributes)],
        };
    }

    /// <summary>Compares a run's scorers, each with each.</summary>
    /// <param name="run">The run.</param>
    /// <param name="scorers">Which, in this order; null for all that have scores, the prompt set's own last, so that others are held against it.</param>
    /// <param name="options">Resamples and seed.</param>
    /// <param name="cancellationToken">Stops between pairs.</param>
    /// <exception cref="InputException">The run lacks one of them, or a file is broken.</exception>
    public static IReadOnlyList<ScorerComparisonFinding> OfRun(
        RunFolder run,
        IReadOnlyList<string>? scorers,
        AnalysisOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        string[] there = [.. run.Scorers().Where(scorer => scorer != ScoredText.Properties)];
        if (scorers?.FirstOrDefault(scorer => !there.Contains(scorer)) is { } absent)
        {
            throw new InputException(
                "unknown-scorer",
                $"comparing the scores of '{absent}' in '{run.FullPath}'",
                "the run has none of that scorer",
                $"It has those of: {string.Join(", ", there)}");
        }

        ComparedScores[] tables =
        [
            .. (scorers ?? [.. there.Where(name => name != "given"), .. there.Where(name => name == "given")])
                .Select(scorer => ComparedScores.OfRun(run, scorer))
                .Where(table => table.Attributes.Count > 0),
        ];
        return OfTables(tables, options, cancellationToken);
    }

    /// <summary>Compares tables, each with each.</summary>
    public static IReadOnlyList<ScorerComparisonFinding> OfTables(
        IReadOnlyList<ComparedScores> tables,
        AnalysisOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var found = new List<ScorerComparisonFinding>();
        for (var i = 0; i < tables.Count; i++)
        {
            for (var j = i + 1; j < tables.Count; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Of(tables[i], tables[j], options) is { } comparison)
                {
                    found.Add(comparison);
                }
            }
        }

        return found;
    }
}
