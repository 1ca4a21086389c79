using AlignedProbing.Numerics;

namespace AlignedProbing.Probing.Training;

/// <summary>
/// One fold's split of rows 0 .. n - 1: exactly scikit-learn's <c>KFold(4, shuffle=True, random_state=42)</c>, and of the remaining rows
/// <c>train_test_split(train_size=0.8, random_state=fold)</c>.
/// </summary>
/// <param name="Number">The fold, from 0.</param>
/// <param name="Train">Rows trained on, in the order in which scikit-learn gives them.</param>
/// <param name="Development">Rows that choose the epoch or the penalty, in scikit-learn's order.</param>
/// <param name="Test">Rows tested on, ascending.</param>
public sealed record Fold(int Number, IReadOnlyList<int> Train, IReadOnlyList<int> Development, IReadOnlyList<int> Test)
{
    /// <summary>Number of folds.</summary>
    public const int Count = 4;

    /// <summary>Fewest rows that can be split so that each part of each fold has at least two rows.</summary>
    public const int FewestRows = Runs.ProbeRun.FewestRows;

    private const uint ShuffleSeed = 42;
    private const double TrainShare = 0.8;

    /// <summary>
    /// The folds of rows that come in groups: the groups are split as rows are, and all rows of a group go where it goes. Rows that are each a group of their
    /// own are split as by their number.
    /// </summary>
    /// <param name="groups">The group of each row; at least <see cref="FewestRows"/> different ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static IReadOnlyList<Fold> Split(IReadOnlyList<int> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var numbers = new Dictionary<int, int>();
        var members = new List<List<int>>();
        for (var row = 0; row < groups.Count; row++)
        {
            if (numbers.TryAdd(groups[row], members.Count))
            {
                members.Add([]);
            }

            members[numbers[groups[row]]].Add(row);
        }

        return [.. Split(members.Count).Select(fold => new Fold(fold.Number, Rows(fold.Train), Rows(fold.Development), [.. Rows(fold.Test).Order()]))];

        int[] Rows(IReadOnlyList<int> chosen) => [.. chosen.SelectMany(group => members[group])];
    }

    /// <summary>The folds of a number of rows, in order.</summary>
    /// <param name="rows">Number of rows, at least <see cref="FewestRows"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static IReadOnlyList<Fold> Split(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, FewestRows);
        var shuffled = new MersenneTwister(ShuffleSeed).Permutation(rows);
        var folds = new Fold[Count];
        var start = 0;
        for (var fold = 0; fold < Count; fold++)
        {
            var size = (rows / Count) + (fold < rows % Count ? 1 : 0);
            var test = shuffled[start..(start + size)];
            Array.Sort(test);
            int[] rest = [.. shuffled[..start], .. shuffled[(start + size)..]];
            Array.Sort(rest);
            var order = new MersenneTwister((uint)fold).Permutation(rest.Length);
            var development = rest.Length - (int)Math.Floor(TrainShare * rest.Length);
            folds[fold] = new Fold(
                fold,
                Array.ConvertAll(order[development..], position => rest[position]),
                Array.ConvertAll(order[..development], position => rest[position]),
                test);
            start += size;
        }

        return folds;
    }
}
