using System.Collections.Concurrent;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// How often each resample draws each row of a cell. Prompts are drawn, and all rows of a prompt come with it. Cells with the same rows share their draws, so
/// that their differences are paired by prompt; and draws over all prompts pair cells whatever their rows and folds.
/// </summary>
/// <param name="prompts">Prompts of the run.</param>
/// <param name="options">Number of resamples and their seed.</param>
internal sealed class PromptDraws(int prompts, AnalysisOptions options)
{
    // Folds are numbered from 0; this is none of them.
    private const int AllPrompts = int.MaxValue;
    private const int MostKept = 32;

    private readonly ConcurrentDictionary<CellRows, Lazy<byte[]>> _withinFolds = new(RowsComparer.Instance);
    private readonly ConcurrentDictionary<CellRows, Lazy<byte[]>> _overPrompts = new(RowsComparer.Instance);
    private readonly Lazy<byte[]> _prompts = new(() => DrawPrompts(prompts, options));

    /// <summary>Prompts drawn within each test fold: [resamples, rows].</summary>
    public byte[] WithinFolds(CellRows rows) => Kept(_withinFolds, rows, () => Within(rows));

    /// <summary>Prompts drawn from all of the run, whether or not they are in the cell: [resamples, rows].</summary>
    public byte[] OverPrompts(CellRows rows) => Kept(_overPrompts, rows, () => Over(rows));

    private static byte[] Kept(ConcurrentDictionary<CellRows, Lazy<byte[]>> kept, CellRows rows, Func<byte[]> make)
    {
        if (kept.Count > MostKept)
        {
            kept.Clear();
        }

        return kept.GetOrAdd(rows, _ => new Lazy<byte[]>(make)).Value;
    }

    private static byte[] DrawPrompts(int prompts, AnalysisOptions options)
    {
        var counts = new byte[checked(options.Resamples * prompts)];
        Parallel.For(0, options.Resamples, () => new int[prompts], (resample, _, drawn) =>
        {
            Count(options.Seed, resample, AllPrompts, drawn, counts.AsSpan(resample * prompts, prompts));
            return drawn;
        }, _ => { });
        return counts;
    }

    private static void Count(int seed, int resample, int stratum, Span<int> drawn, Span<byte> counts)
    {
        Bootstrap.DrawRows(seed, resample, drawn, stratum);
        foreach (var unit in drawn)
        {
            counts[unit] = checked((byte)(counts[unit] + 1));
        }
    }

    private byte[] Within(CellRows rows)
    {
        var counts = new byte[checked(options.Resamples * rows.Count)];
        for (var fold = 0; fold < rows.Folds; fold++)
        {
            var (start, end) = (rows.FoldStarts[fold], rows.FoldStarts[fold + 1]);
            // Rows of a fold are in the order of their prompts.
            var units = new int[end - start];
            for (var row = 1; row < units.Length; row++)
            {
                units[row] = units[row - 1] + (rows.Prompts[start + row] == rows.Prompts[start + row - 1] ? 0 : 1);
            }

            var number = units[^1] + 1;
            var stratum = fold;
            Parallel.For(0, options.Resamples, () => (new int[number], new byte[number]), (resample, _, buffer) =>
            {
                var (drawn, times) = buffer;
                Array.Clear(times);
                Count(options.Seed, resample, stratum, drawn, times);
                var to = counts.AsSpan((resample * rows.Count) + start, units.Length);
                for (var row = 0; row < units.Length; row++)
                {
                    to[row] = times[units[row]];
                }

                return buffer;
            }, _ => { });
        }

        return counts;
    }

    private byte[] Over(CellRows rows)
    {
        var drawn = _prompts.Value;
        var counts = new byte[checked(options.Resamples * rows.Count)];
        Parallel.For(0, options.Resamples, resample =>
        {
            var from = drawn.AsSpan(resample * prompts, prompts);
            var to = counts.AsSpan(resample * rows.Count, rows.Count);
            for (var row = 0; row < to.Length; row++)
            {
                to[row] = from[rows.Prompts[row]];
            }
        });
        return counts;
    }

    private sealed class RowsComparer : IEqualityComparer<CellRows>
    {
        public static readonly RowsComparer Instance = new();

        public bool Equals(CellRows? x, CellRows? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.IsLike(y));

        public int GetHashCode(CellRows rows)
        {
            var hash = default(HashCode);
            hash.Add(rows.Count);
            foreach (var row in Enumerable.Range(0, Math.Min(rows.Count, 64)))
            {
                hash.Add(rows.Places[row]);
            }

            return hash.ToHashCode();
        }
    }
}
