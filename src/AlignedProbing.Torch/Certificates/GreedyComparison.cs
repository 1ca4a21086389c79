using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Certificates;

/// <summary>
/// Continues prompts with the most probable token, step by step, and compares the ids with those expected. A row ends with its end of text, or at the first id
/// that differs, after which there is nothing left to compare.
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
    /// <param name="expected">Ids [rows][steps], cut past the end of text.</param>
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
    /// <param name="cached">Whether tokens read are kept in a cache, or each step reads all of a row again.</param>
    /// <param name="cancellationToken">Ends it between passes.</param>
    public IReadOnlyList<ComparedContinuation> Run(bool cached, CancellationToken cancellationToken)
    {
        var rows = new Rows(this, cached);
        var longest = _prompts.Max(prompt => prompt.Length);
        if (cached)
        {
            var tails = Array.ConvertAll(_expected, ids => new TokenTail(TokenSource.Greedy, ids.Length));
            _model.Continue([.. _prompts.Select((prompt, row) => new TokenSequence(prompt, [tails[row]]))], rows, longest, cancellationToken);
            if (_logits is not null)
            {
                var steps = _expected.Max(ids => ids.Length);
                Logits = new ComparedPart("generate_logits", null, rows.Worst.Value, $"row {rows.Worst.Vector / steps}, step {rows.Worst.Vector % steps}");
            }
        }
        else
        {
            for (var step = 0; rows.Going() is { Length: > 0 } going; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var tails = Array.ConvertAll(going, _ => new TokenTail(TokenSource.Greedy, 1));
                _model.Continue(
                    [.. going.Select((row, i) => new TokenSequence((int[])[.. _prompts[row], .. rows.Made[row]], [tails[i]]))],
                    new Rows.Step(rows, going),
                    longest + step,
                    cancellationToken);
            }
        }

        return [.. rows.Ended.Select((end, row) => end ?? new ComparedContinuation(row, cached, rows.Made[row].Count, null, -1, -1, null, true))];
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

    /// <summary>What each row has come to; follows a generation in which row and sequence have one number.</summary>
    private sealed class Rows(GreedyComparison comparison, bool cached) : TokenObserver
    {
        private TokenPass? _pass;

        public List<int>[] Made { get; } = [.. comparison._prompts.Select(_ => new List<int>())];

        public ComparedContinuation?[] Ended { get; } = new ComparedContinuation?[comparison._prompts.Count];

        public Difference Worst { get; private set; } = Difference.None;

        public int[] Going() => [.. Enumerable.Range(0, Ended.Length).Where(row => Ended[row] is null)];

        public override void Begin(TokenPass pass) => _pass = pass;

        public override void OnLogits(int first, torch.Tensor logits)
        {
            if (comparison._logits is null || !cached)
            {
                return;
            }

            using var scope = torch.NewDisposeScope();
            var values = TensorMemory.Span<float>(DeviceCopies.ToHost(logits));
            var (width, steps) = (comparison._vocabulary, comparison._expected.Max(ids => ids.Length));
            for (var i = 0; i * width < values.Length; i++)
            {
                var use = _pass!.Uses[first + i][0];
                var found = Difference.Of(comparison.ExpectedLogits(use.Token, use.Sequence), values.Slice(i * width, width), width);
                Worst = Worst.Or(found with { Vector = (use.Sequence * steps) + use.Token });
            }
        }

        public override void OnToken(int row, TokenUse use, SampledToken token) => Add(use.Sequence, use.Tail!, token.Token);

        private void Add(int row, TokenTail tail, int token)
        {
            Made[row].Add(token);
            Ended[row] = comparison.End(row, cached, Made[row]);
            if (Ended[row] is not null)
            {
                tail.Stop();
            }
        }

        /// <summary>Follows a generation of one token for the rows that go on.</summary>
        public sealed class Step(Rows rows, int[] going) : TokenObserver
        {
            public override void OnToken(int row, TokenUse use, SampledToken token) => rows.Add(going[use.Sequence], use.Tail!, token.Token);
        }
    }
}
