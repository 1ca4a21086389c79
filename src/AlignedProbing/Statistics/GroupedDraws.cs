namespace AlignedProbing.Statistics;

/// <summary>
/// Which rows, groups and permutations the intervals and p values of correlations over few rows rest on: the same for every correlation of as many rows, so
/// that all of them are paired. Safe for several threads.
/// </summary>
public sealed class GroupedDraws
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(char Kind, int Size), int[][]> _drawn = new();
    private readonly int _resamples;
    private readonly int _permutations;
    private readonly int _seed;

    /// <summary>Seeded draws.</summary>
    /// <param name="resamples">Resamples of rows, and as many of groups; at least 1.</param>
    /// <param name="permutations">Permutations, at least 1.</param>
    /// <param name="seed">The seed.</param>
    public GroupedDraws(int resamples = 1000, int permutations = 10_000, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        (_resamples, _permutations, _seed) = (resamples, permutations, seed);
    }

    /// <summary>Draws made elsewhere, for correlations of exactly as many rows and groups as they are of; all others are seeded.</summary>
    /// <param name="rows">[resamples, rows]: the rows drawn.</param>
    /// <param name="groups">[resamples, groups]: the groups drawn.</param>
    /// <param name="permutations">[permutations, rows].</param>
    public static GroupedDraws Given(int[][] rows, int[][] groups, int[][] permutations)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(permutations);
        var draws = new GroupedDraws(rows.Length, permutations.Length);
        draws._drawn[('r', rows[0].Length)] = rows;
        draws._drawn[('g', groups[0].Length)] = groups;
        draws._drawn[('p', permutations[0].Length)] = permutations;
        return draws;
    }

    /// <summary>Rows drawn with repetition: [resamples, rows].</summary>
    public int[][] Rows(int rows) => _drawn.GetOrAdd(('r', rows), _ => Make(_resamples, rows, (number, to) => Bootstrap.DrawRows(_seed, number, to)));

    /// <summary>Groups drawn with repetition: [resamples, groups].</summary>
    public int[][] Groups(int groups) =>
        _drawn.GetOrAdd(('g', groups), _ => Make(_resamples, groups, (number, to) => Bootstrap.DrawRows(_seed, number, to, stratum: 1)));

    /// <summary>Permutations: [permutations, rows].</summary>
    public int[][] Permutations(int rows) => _drawn.GetOrAdd(('p', rows), _ => Make(_permutations, rows, (number, to) => Permutation.Draw(_seed, number, to)));

    private static int[][] Make(int count, int size, Action<int, int[]> draw)
    {
        var draws = new int[count][];
        for (var number = 0; number < count; number++)
        {
            draws[number] = new int[size];
            draw(number, draws[number]);
        }

        return draws;
    }
}
