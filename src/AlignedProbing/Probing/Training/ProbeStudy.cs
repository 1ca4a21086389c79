using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Probing.Training;

/// <summary>
/// Probes label columns from feature matrices: rows with a label and a vector, four folds, all seeds. Columns that share matrix and rows are trained together,
/// and everything that was added is one work list over all cores. Results depend neither on threads nor on what else was added.
/// </summary>
/// <param name="probe">The probe.</param>
/// <param name="options">Seeds, scaling, threads.</param>
public sealed class ProbeStudy(IProbe probe, ProbeStudyOptions options)
{
    private readonly List<StudyCellBuilder> _cells = [];
    private readonly Dictionary<FeatureMatrix, bool[]> _finite = [];

    /// <summary>Number of probes that <see cref="Run"/> will train.</summary>
    /// <remarks>An online code counts as one.</remarks>
    public int Probes => _cells.Sum(cell => cell.Missing is null ? (cell.Seeds.Count + (options.OnlineCoding ? 1 : 0)) * Fold.Count : 0);

    /// <summary>Adds a cell.</summary>
    /// <param name="features">The vectors; a row with a number that is not finite is left out.</param>
    /// <param name="column">The labels, one for each row of the vectors.</param>
    /// <param name="randomized">Whether the labels are permuted over the rows, by a permutation of each seed: the control task <c>randomization</c>.</param>
    /// <param name="groups">Of each row of the vectors the group it belongs to: rows of a group are kept within one fold. Null: every row is its own.</param>
    /// <returns>The cell's index in what <see cref="Run"/> returns.</returns>
    /// <exception cref="ArgumentException">There are fewer or more labels, or groups, than vectors.</exception>
    public int Add(FeatureMatrix features, LabelColumn column, bool randomized = false, IReadOnlyList<int>? groups = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(column);
        if (groups is not null && groups.Count != features.Rows)
        {
            throw new ArgumentException($"{groups.Count} groups for {features.Rows} vectors.", nameof(groups));
        }

        if (column.Values.Count != features.Rows)
        {
            throw new ArgumentException($"{column.Values.Count} labels for {features.Rows} vectors.", nameof(column));
        }

        if (!_finite.TryGetValue(features, out var finite))
        {
            _finite[features] = finite = [.. Enumerable.Range(0, features.Rows).Select(features.IsFinite)];
        }

        // A probe without randomness gives every seed the same result; permutations still differ by seed.
        IReadOnlyList<int> seeds = probe.UsesSeeds || randomized ? options.Seeds : [0];
        _cells.Add(new StudyCellBuilder(features, column, probe.MostClasses, finite, seeds, randomized, groups));
        return _cells.Count - 1;
    }

    /// <summary>Trains and tests everything added.</summary>
    /// <param name="trained">Told how many probes were just trained, from any thread.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The cells, in the order of adding.</returns>
    public IReadOnlyList<StudyCell> Run(Action<int>? trained, CancellationToken cancellationToken)
    {
        var tasks = Plan();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, tasks.Count, parallel, index =>
        {
            tasks[index].Run(probe, options.Standardise, cancellationToken);
            trained?.Invoke(tasks[index].Columns.Count);
        });
        return [.. _cells.Select(cell => cell.Result())];
    }

    private List<StudyTask> Plan()
    {
        var tasks = new List<StudyTask>();
        var groups = _cells.Where(cell => cell.Missing is null).GroupBy(cell => (cell.Features, cell.Rows, cell.Groups), RowsComparer.Instance);
        foreach (var group in groups)
        {
            var folds = group.First().Split();
            foreach (var cell in group)
            {
                cell.Start(folds, options.OnlineCoding);
            }

            foreach (var fold in folds)
            {
                if (options.OnlineCoding)
                {
                    // As many columns as are trained together anyway; the codes of one seed are those of its own training order.
                    tasks.AddRange(
                        group
                            .GroupBy(cell => cell.Seeds[0])
                            .Select(seed => new StudyTask(
                                group.Key.Features,
                                group.Key.Rows,
                                fold,
                                [.. seed.Select(cell => new StudyColumn(cell, seed.Key, 0))],
                                Coded: true)));
                }

                var columns = group.SelectMany(cell => cell.Seeds.Select((seed, index) => new StudyColumn(cell, seed, index)));
                if (probe.UsesSeeds)
                {
                    tasks.AddRange(columns.GroupBy(column => column.Seed).Select(seed => new StudyTask(group.Key.Features, group.Key.Rows, fold, [.. seed])));
                }
                else
                {
                    tasks.Add(new StudyTask(group.Key.Features, group.Key.Rows, fold, [.. columns]));
                }
            }
        }

        return tasks;
    }

    private sealed class RowsComparer : IEqualityComparer<(FeatureMatrix Features, int[] Rows, IReadOnlyList<int>? Groups)>
    {
        public static readonly RowsComparer Instance = new();

        public bool Equals(
            (FeatureMatrix Features, int[] Rows, IReadOnlyList<int>? Groups) x,
            (FeatureMatrix Features, int[] Rows, IReadOnlyList<int>? Groups) y
        ) => ReferenceEquals(x.Features, y.Features) && ReferenceEquals(x.Groups, y.Groups) && x.Rows.AsSpan().SequenceEqual(y.Rows);

        public int GetHashCode((FeatureMatrix Features, int[] Rows, IReadOnlyList<int>? Groups) key) => HashCode.Combine(key.Features, key.Rows.Length);
    }
}
