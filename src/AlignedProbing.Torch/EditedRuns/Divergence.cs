using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>
/// KL(unedited || edited) of the next token's distribution over given texts: both models read the same tokens, and each token's two distributions are compared.
/// In nats; exactly 0 where edits change nothing.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="texts">A prompt's ids, at least one, and what follows, at least one.</param>
/// <param name="keeps">Whether the unedited model's logits are kept for further edits: 4 bytes a token and word of the vocabulary.</param>
internal sealed class Divergence(CausalModel model, IReadOnlyList<(int[] Prompt, IReadOnlyList<int> Following)> texts, bool keeps)
{
    // Rows of logits that are compared at a time.
    private const int RowsAtATime = 128;

    private readonly int[][] _batches = [.. Batches(texts)];
    private readonly Dictionary<int, Dictionary<(int Sequence, int Token), float[]>> _kept = [];

    /// <summary>Tokens that are compared.</summary>
    public long Tokens { get; } = texts.Sum(text => (long)text.Following.Count);

    /// <summary>Sums over each text's tokens; NaN where logits are not finite.</summary>
    /// <param name="editor">The edits.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    public double[] Run(ISiteEditor editor, CancellationToken cancellationToken)
    {
        var sums = new double[texts.Count];
        foreach (var (number, members) in _batches.Index())
        {
            if (!_kept.TryGetValue(number, out var unedited))
            {
                var reader = new Reader();
                new TokenEngine(model, new TokenEngineOptions()).Run(Sequences(members), reader, cancellationToken);
                unedited = reader.Rows;
                if (keeps)
                {
                    _kept.Add(number, unedited);
                }
            }

            var compared = new Comparer(unedited, members, sums);
            new TokenEngine(model, new TokenEngineOptions { Editor = editor }).Run(Sequences(members), compared, cancellationToken);
        }

        return sums;
    }

    private static IEnumerable<int[]> Batches(IReadOnlyList<(int[] Prompt, IReadOnlyList<int> Following)> texts)
    {
        var (batch, rows) = (new List<int>(), 0);
        for (var text = 0; text < texts.Count; text++)
        {
            if (batch.Count > 0 && rows + texts[text].Following.Count > RowsAtATime)
            {
                yield return [.. batch];
                (batch, rows) = ([], 0);
            }

            batch.Add(text);
            rows += texts[text].Following.Count;
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }

    private TokenSequence[] Sequences(int[] members) => Array.ConvertAll(members, text => new TokenSequence(
        texts[text].Prompt, [new TokenTail(TokenSource.Given(texts[text].Following), texts[text].Following.Count)]));

    private sealed class Reader : TokenObserver
    {
        private TokenPass? _pass;

        /// <summary>Logits by sequence and token.</summary>
        public Dictionary<(int Sequence, int Token), float[]> Rows { get; } = [];

        public override void Begin(TokenPass pass) => _pass = pass;

        public override void OnLogits(int first, torch.Tensor logits)
        {
            using var scope = torch.NewDisposeScope();
            var values = TensorMemory.Span<float>(DeviceCopies.ToHost(logits));
            var width = (int)logits.size(1);
            for (var i = 0; i * width < values.Length; i++)
            {
                var use = _pass!.Uses[first + i][0];
                Rows.Add((use.Sequence, use.Token), values.Slice(i * width, width).ToArray());
            }
        }
    }

    private sealed class Comparer(Dictionary<(int Sequence, int Token), float[]> unedited, int[] members, double[] sums) : TokenObserver
    {
        private TokenPass? _pass;

        public override void Begin(TokenPass pass) => _pass = pass;

        public override void OnLogits(int first, torch.Tensor logits)
        {
            using var scope = torch.NewDisposeScope();
            var host = DeviceCopies.ToHost(logits);
            var (rows, width) = ((int)logits.size(0), (int)logits.size(1));
            var found = new double[rows];
            ParallelRows.For(rows, (begin, end) =>
            {
                var values = TensorMemory.Span<float>(host);
                for (var i = begin; i < end; i++)
                {
                    var use = _pass!.Uses[first + i][0];
                    found[i] = DivergenceKernel.Between(unedited[(use.Sequence, use.Token)], values.Slice(i * width, width));
                }
            });
            // Added up in order: the sum does not depend on threads.
            for (var i = 0; i < rows; i++)
            {
                sums[members[_pass!.Uses[first + i][0].Sequence]] += found[i];
            }
        }
    }
}
