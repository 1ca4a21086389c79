using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>Reads logits that lie in CPU memory, rows divided among libtorch's threads.</summary>
internal sealed class HostLogitReader(TokenSampler sampler) : ILogitReader
{
    private IReadOnlyList<LogitQuestion[]> _rows = [];
    private SampledToken[][] _answers = [];

    public void Begin(IReadOnlyList<LogitQuestion[]> rows) => (_rows, _answers) = (rows, [.. rows.Select(questions => new SampledToken[questions.Length])]);

    public void Read(int first, torch.Tensor logits)
    {
        var vocabulary = (int)logits.size(1);
        ParallelRows.For((int)logits.size(0), (begin, end) =>
        {
            var values = TensorMemory.Span<float>(logits);
            for (var i = begin; i < end; i++)
            {
                var row = values.Slice(i * vocabulary, vocabulary);
                var (questions, answers) = (_rows[first + i], _answers[first + i]);
                for (var question = 0; question < questions.Length; question++)
                {
                    answers[question] = questions[question] is { Given: { } token }
                        ? new SampledToken(token, LogProbability.Of(row, token))
                        : sampler.Sample(row, questions[question].Uniform);
                }
            }
        });
    }

    public IReadOnlyList<SampledToken[]> Complete() => _answers;

    public void Dispose()
    {
        // Nothing is held but answers.
    }
}
