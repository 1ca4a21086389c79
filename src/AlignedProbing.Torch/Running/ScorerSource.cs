using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;
using AlignedProbing.Torch.Scorers;

namespace AlignedProbing.Torch.Running;

/// <summary>Makes scorers from what people write after <c>--scorer</c>. A new kind of scorer is a line in <see cref="OpenAsync"/>.</summary>
internal static class ScorerSource
{
    /// <summary>
    /// The name a scorer has in the run folder: the built-in ones' own; of a path its last part, of a scorer file its name without the ending, with
    /// <c>perplexity-</c> in front where a model's perplexity is asked for. What cannot be in a folder's name becomes '-'.
    /// </summary>
    public static string NameOf(string asked)
    {
        if (asked.StartsWith(PerplexityFile.Prefix, StringComparison.Ordinal))
        {
            return $"perplexity-{NameOf(asked[PerplexityFile.Prefix.Length..])}";
        }

        var path = asked.Replace('\\', '/').TrimEnd('/');
        var name = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? path[(path.LastIndexOf('/') + 1)..^5]
            : Path.IsPathRooted(asked) || path.StartsWith('.') || path.Count(c => c == '/') > 1 ? path[(path.LastIndexOf('/') + 1)..]
            : path;
        return ScorerIdentity.IsName(name)
            ? name
            : string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).Trim('.', '_', '-');
    }

    /// <summary>Makes a scorer, downloading what it needs; dispose of it where it can be.</summary>
    /// <exception cref="InputException">There is none of that name, or it cannot be used; the message says what to do.</exception>
    public static Task<IScorer> OpenAsync(string asked, RunMachine machine, CancellationToken cancellationToken) =>
        machine.Shared is { } shared
            ? shared.ScorerAsync(asked, () => MakeAsync(asked, machine, cancellationToken))
            : MakeAsync(asked, machine, cancellationToken);

    private static async Task<IScorer> MakeAsync(string asked, RunMachine machine, CancellationToken cancellationToken) =>
        WithCache(
            await ModelScorers.OpenAsync(asked, NameOf(asked), machine, cancellationToken).ConfigureAwait(false)
                ?? ScorerCatalog.Create(asked, machine.Variable),
            machine);

    /// <summary>Finds out before the costly work whether every scorer can be used.</summary>
    /// <exception cref="InputException">One cannot.</exception>
    public static async Task CheckAsync(IEnumerable<string> asked, RunMachine machine, CancellationToken cancellationToken)
    {
        foreach (var name in asked.Where(name => name is not (GivenScores.Name or PropertyScores.Name)))
        {
            (await OpenAsync(name, machine, cancellationToken).ConfigureAwait(false) as IDisposable)?.Dispose();
        }
    }

    private static IScorer WithCache(IScorer scorer, RunMachine machine) =>
        scorer.IsWorthCaching && CacheFolder(machine) is { } folder ? new CachedScorer(scorer, ScoreCache.Open(folder, ScorerIdentity.Of(scorer))) : scorer;

    // Where caches lie: CACHE_PATH as the paper's scripts have it, otherwise where the system keeps such things.
    private static string? CacheFolder(RunMachine machine)
    {
        if (machine.Variable("CACHE_PATH") is { Length: > 0 } path)
        {
            return Path.Combine(machine.WorkingFolder, path);
        }

        var home = machine.Variable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : machine.Variable("HOME") is { Length: > 0 } user ? Path.Combine(user, ".cache")
            : machine.Variable("LOCALAPPDATA");
        return string.IsNullOrEmpty(home) ? null : Path.Combine(home, "aligned-probing");
    }
}
