using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Certificates;

/// <summary>
/// Continues prompts with the most probable token, step by step, and compares the ids with those expected. A row ends with its end of text, or at the first id
/// that differs, behind which there is
/// nothing left to compare.
/// </summary>
internal sealed class GreedyComparison
{
    private readonly ComparedModel _model;
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly int[][] _expected;
    private readonly float[]? _logits;
    private readonly double _tolerance;
    private readonly int _vocabulary;

    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="expected">Ids [rows][steps], cut behind the end of text.</param>
    /// <param name="logits">Expected logits [steps, rows, vocabulary]; null: none.</param>
    /// <param name="tolerance">How far logits may be off.</param>
    public GreedyComparison(ComparedModel model, IReadOnlyList<int[]> prompts, int[][] expected, float[]? logits, double tolerance)
    {
        (_model, _prompts, _expected, _logits, _tolerance) = (model, prompts, expected, logits, tolerance);
        _vocabulary = model.Sizes.Vocabulary;
    }

    /// <summary>Largest difference of the logits of cached steps.</summary>
    public ComparedPart? Logits { get; private set; }

    /// <summary>Continues all rows at once.</summary>
    public IReadOnlyList<ComparedContinuation> Run(bool cached, CancellationToken cancellationToken)
    {
        var longest = _prompts.Max(prompt => prompt.Length);
        var steps = _expected.Max(ids => ids.Length);
        var made = _prompts.Select(_ => new List<int>()).ToArray();
        var ended = new ComparedContinuation?[_prompts.Count];
        var worst = Difference.None;
        using var cache = new KeyValueCache(CacheLayout.Uniform(_prompts.Select(prompt => prompt.Length), 1, steps));
        for (var step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = Enumerable.Range(0, _prompts.Count).Where(row => ended[row] is null).ToArray();
            if (rows.Length == 0)
            {
                break;
            }

            var pass = cached
                ? NextStep(cache, rows, made, longest + step)
                : _model.Read([.. rows.Select(row => (int[])[.. _prompts[row], .. made[row]])], longest + step, keepStates: false);
            for (var i = 0; i < rows.Length; i++)
            {
                var row = rows[i];
                var logits = pass.Logits.Slice(i * _vocabulary, _vocabulary);
                if (_logits is not null && cached)
                {
                    worst = worst.Or(Difference.Of(ExpectedLogits(step, row), logits, _vocabulary) with { Vector = (row * steps) + step });
                }

                made[row].Add(Largest(logits));
                ended[row] = End(row, cached, made[row]);
            }
        }

        if (_logits is not null && cached)
        {
            Logits = new ComparedPart("generate_logits", null, worst.Value, $"row {worst.Vector / steps}, step {worst.Vector % steps}");
        }

        return [.. ended.Select((end, row) => end ?? new ComparedContinuation(row, cached, made[row].Count, null, -1, -1, null, true))];
    }

    private PassRecorder NextStep(KeyValueCache cache, int[] rows, List<int>[] made, int rotaryLength)
    {
        var last = 0;
        var segments = rows.Select(row => made[row].Count == 0 ? new TokenSegment(row, -1, _prompts[row]) : new TokenSegment(row, row, new[] { made[row][^1] }))
            .ToArray();
        return _model.Pass(
            new TokenBatch(cache, segments, [.. segments.Select(segment => (last += segment.Ids.Length) - 1)]) { RotaryLength = rotaryLength },
            cache,
            keepStates: false);
    }

    /// <summary>The row's result if it has come to its end, or to an id that differs.</summary>
    private ComparedContinuation? End(int row, bool cached, List<int> made)
    {
        var step = made.Count - 1;
        var (expected, found) = (_expected[row][step], made[step]);
        if (expected == found)
        {
            return made.Count == _expected[row].Length ? new ComparedContinuation(row, cached, made.Count, null, expected, found, null, true) : null;
        }

        if (_logits is null)
        {
            return new ComparedContinuation(row, cached, made.Count, step, expected, found, null, false);
        }

        var logits = ExpectedLogits(step, row);
        var gap = Math.Abs((double)logits[expected] - logits[found]) / Math.Max(Difference.Scale(logits), Math.Abs(logits[expected]));
        return new ComparedContinuation(row, cached, made.Count, step, expected, found, gap, gap <= 2 * _tolerance);
    }

    private ReadOnlySpan<float> ExpectedLogits(int step, int row) => _logits.AsSpan(((step * _prompts.Count) + row) * _vocabulary, _vocabulary);

    private static int Largest(ReadOnlySpan<float> logits)
    {
        var largest = 0;
        for (var id = 1; id < logits.Length; id++)
        {
            largest = logits[id] > logits[largest] ? id : largest;
        }

        return largest;
    }
}
