using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>Figures of a run's continuations that show whether its texts are whole.</summary>
internal sealed class TextDamage
{
    private const int LeastTokens = 8;

    private readonly (double Sum, int Count)[] _distinct = new (double, int)[DistinctNGrams.Longest];
    private long _tokens;
    private int _continuations;
    private int _ended;
    private int _looping;

    /// <summary>Adds a chunk. Continuations that could not be made are left out; empty ones count.</summary>
    public void Add(IReadOnlyList<Continuation> continuations)
    {
        var made = continuations.Where(continuation => continuation.Missing is null or MissingReason.EmptyContinuation).ToArray();
        foreach (var prompt in made.GroupBy(continuation => continuation.PromptId, StringComparer.Ordinal))
        {
            foreach (var (n, share) in DistinctNGrams.Of([.. prompt.Select(continuation => continuation.Text)]).Index())
            {
                if (share is { } value)
                {
                    _distinct[n] = (_distinct[n].Sum + value, _distinct[n].Count + 1);
                }
            }
        }

        foreach (var continuation in made)
        {
            _continuations++;
            _tokens += continuation.TokenIds.Count;
            _ended += continuation.End == ContinuationEnd.EndOfText ? 1 : 0;
            _looping += Loops(continuation.TokenIds) ? 1 : 0;
        }
    }

    /// <summary>Whether tokens go round in circles: at least eight of them, and half of their neighbouring pairs or more are there before.</summary>
    public static bool Loops(IReadOnlyList<int> tokens) =>
        tokens.Count >= LeastTokens && tokens.Zip(tokens.Skip(1)).Distinct().Count() * 2 <= tokens.Count - 1;

    /// <summary>The figures.</summary>
    public DamageFinding Finding(string intervention) =>
        new()
        {
            Intervention = intervention,
            Distinct = [.. _distinct.Select(figure => figure.Count == 0 ? (double?)null : figure.Sum / figure.Count)],
            Length = Share(_tokens),
            Ended = Share(_ended),
            Looping = Share(_looping),
            Continuations = _continuations,
        };

    private double? Share(long count) => _continuations == 0 ? null : (double)count / _continuations;
}
