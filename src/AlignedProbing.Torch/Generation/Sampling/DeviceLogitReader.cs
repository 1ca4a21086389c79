using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>
/// Reads logits where they are; what comes to CPU memory is tokens and their log-probabilities, in one copy a pass. A token is drawn as
/// <see cref="TokenSampler"/> draws it, from the same numbers, in float64 and by sorting: it is the same one unless its number lies within rounding of the
/// border between two.
/// </summary>
internal sealed class DeviceLogitReader(TokenSamplerOptions options, torch.Device device) : ILogitReader
{
    /// <summary>Numbers in [0, 1) are sent as whole ones of so many bits: times a sum they stay below it.</summary>
    private const int Bits = 52;

    private readonly List<torch.Tensor> _answers = [];
    private IReadOnlyList<LogitQuestion[]> _rows = [];
    private IndexLists? _questions;
    private int _most;

    public void Begin(IReadOnlyList<LogitQuestion[]> rows)
    {
        Forget();
        _rows = rows;
        if (rows.Count == 0)
        {
            return;
        }

        // A grid: rows of fewer questions than others ask for the first token's log-probability besides, and nobody looks at the answer.
        _most = rows.Max(questions => questions.Length);
        var (uniforms, drawn, given) = (new long[rows.Count * _most], new long[rows.Count * _most], new long[rows.Count * _most]);
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < rows[row].Length; i++)
            {
                var at = (row * _most) + i;
                (uniforms[at], drawn[at], given[at]) = (
                    (long)(rows[row][i].Uniform * (1L << Bits)),
                    rows[row][i].Given is null ? 1 : 0,
                    rows[row][i].Given ?? 0);
            }
        }

        _questions = new IndexLists([uniforms, drawn, given], device);
    }

    public void Read(int first, torch.Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        var (count, vocabulary) = (logits.size(0), logits.size(1));
        var wide = logits.to(torch.ScalarType.Float64);
        var tokens = Grid(2);
        if (_rows.Skip(first).Take((int)count).Any(questions => questions.Any(question => question.Given is null)))
        {
            var drawn =
                options.Temperature == 0 ? Best(logits) : Drawn(Weights(logits, wide), Ops.Scale(Grid(0).to(torch.ScalarType.Float64), 1.0 / (1L << Bits)));
            tokens = Ops.Add(tokens, drawn.mul(Grid(1)));
        }

        // Rows that are no distribution have no token: any will do, its log-probability is no number.
        tokens = torch.minimum(tokens, Ops.Full([1], vocabulary - 1, torch.ScalarType.Int64, logits.device));
        var logProbabilities = torch.nn.functional.log_softmax(wide, 1).gather(1, tokens);
        _answers.Add(torch.stack([tokens.to(torch.ScalarType.Float64), logProbabilities], 0).DetachFromDisposeScope());

        torch.Tensor Grid(int list) => _questions!.Part(list, (long)first * _most, count * _most).view(count, _most);
    }

    public IReadOnlyList<SampledToken[]> Complete()
    {
        if (_answers.Count == 0)
        {
            return [];
        }

        using var scope = torch.NewDisposeScope();
        var local = DeviceCopies.ToHost(_answers.Count == 1 ? _answers[0] : torch.cat(_answers, 1));
        var values = TensorMemory.Span<double>(local);
        var answers = new SampledToken[_rows.Count][];
        for (var row = 0; row < answers.Length; row++)
        {
            answers[row] = new SampledToken[_rows[row].Length];
            for (var i = 0; i < answers[row].Length; i++)
            {
                var at = (row * _most) + i;
                answers[row][i] = new SampledToken((int)values[at], values[(answers.Length * _most) + at]);
                if (_rows[row][i].Given is null && !double.IsFinite(answers[row][i].LogProbability))
                {
                    throw new InvalidOperationException(
                        "Logits are no distribution: there is a NaN or a positive infinity among them, or nothing but negative infinities.");
                }
            }
        }

        return answers;
    }

    public void Dispose() => Forget();

    /// <summary>The first of the largest, int64 [rows, 1].</summary>
    private static torch.Tensor Best(torch.Tensor logits)
    {
        var behind = logits.ne(logits.amax([1], keepdim: true)).mul(Ops.Full([1], logits.size(1), torch.ScalarType.Int64, logits.device));
        return Ops.Add(behind, Ops.Range(0, logits.size(1), device: logits.device)).amin([1], keepdim: true);
    }

    /// <summary>For each place in each row, the first token at which the sum of weights exceeds it: int64 [rows, places].</summary>
    private static torch.Tensor Drawn(torch.Tensor weights, torch.Tensor uniforms)
    {
        var sums = weights.cumsum(1);
        var places = uniforms.mul(sums.narrow(1, sums.size(1) - 1, 1));
        return torch.cat([.. Enumerable.Range(0, (int)places.size(1)).Select(place => sums.le(places.narrow(1, place, 1)).sum(1, keepdim: true))], 1);
    }

    /// <summary>What tokens weigh, float64 [rows, vocabulary]; 0 where they are cut off.</summary>
    private torch.Tensor Weights(torch.Tensor logits, torch.Tensor wide)
    {
        var weights = torch.softmax(options.Temperature == 1 ? wide : Ops.Divide(wide, options.Temperature), 1);
        if (options.TopK > 0 && options.TopK < logits.size(1))
        {
            var least = logits.topk(options.TopK, 1).values.narrow(1, options.TopK - 1, 1);
            weights = Ops.MaskedFill(weights, logits.lt(least), 0);
        }

        if (options.TopP == 1)
        {
            return weights;
        }

        // Of equals the lowest ids come first.
        var order = logits.sort(1, descending: true, stable: true).Indices;
        var sorted = weights.gather(1, order);
        var sums = sorted.cumsum(1);
        var target = Ops.Scale(sums.narrow(1, sums.size(1) - 1, 1), options.TopP);
        var kept = Ops.MaskedFill(sorted, Ops.Subtract(sums, sorted).ge(target), 0);
        return torch.zeros_like(weights).scatter_(1, order, kept);
    }

    private void Forget()
    {
        _questions?.Dispose();
        _questions = null;
        foreach (var answer in _answers)
        {
            answer.Dispose();
        }

        _answers.Clear();
    }
}
