using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>How many of a run's texts one scorer has scored, and why the others have no score.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Texts">Texts it was given so far.</param>
/// <param name="Scored">Those with a score for every attribute.</param>
/// <param name="Missing">Missing scores by reason: one for each attribute of each text.</param>
public sealed record ScoreCount(string Scorer, int Texts, int Scored, IReadOnlyDictionary<string, int> Missing)
{
    /// <summary>Counts what is in the run folder.</summary>
    public static ScoreCount Of(RunFolder run, string scorer)
    {
        ArgumentNullException.ThrowIfNull(run);
        var manifest = run.ReadManifest();
        var missing = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var (texts, scored) = (0, 0);
        foreach (
            var chunk in Enumerable
                .Range(0, RunFolder.ChunkCount(manifest.Prompts.Prompts, manifest.Encoding.Chunk))
                .Where(chunk => run.HasScores(scorer, chunk)))
        {
            foreach (var row in run.ReadScores(scorer, chunk))
            {
                texts++;
                scored += row.Missing.Count == 0 ? 1 : 0;
                foreach (var reason in row.Missing.Values)
                {
                    missing[reason] = missing.GetValueOrDefault(reason) + 1;
                }
            }
        }

        return new ScoreCount(scorer, texts, scored, missing);
    }

    /// <summary>In one line.</summary>
    public string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scorer}: {Scored} of {Texts} texts have all their scores")
        + (
            Missing.Count == 0
                ? ""
                : $"; missing scores: {string.Join(", ", Missing.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")))}");
}
