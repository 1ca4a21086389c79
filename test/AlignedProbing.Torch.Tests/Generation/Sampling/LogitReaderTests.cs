using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Generation.Sampling;

public sealed class LogitReaderTests
{
    private const int Rows = 40;
    private const int Vocabulary = 501;

    static LogitReaderTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData(1, 0, 0.9)]
    [InlineData(0.7, 0, 0.5)]
    [InlineData(1.5, 0, 1)]
    [InlineData(1, 20, 1)]
    [InlineData(0.9, 50, 0.8)]
    [InlineData(1, 1, 0.9)]
    [InlineData(0, 0, 0.9)]
    public void Tokens_and_log_probabilities_read_on_a_device_are_those_read_on_the_CPU(double temperature, int topK, double topP)
    {
        var options = new TokenSamplerOptions { Temperature = temperature, TopK = topK, TopP = topP };
        using var host = new HostLogitReader(new TokenSampler(options));
        using var device = new DeviceLogitReader(options, torch.CPU);
        var stream = RandomStream.For(7, "test", "logits", 0);
        // Rows of one to five questions, some of them about given tokens.
        LogitQuestion[][] questions =
        [
            .. Enumerable
                .Range(0, Rows)
                .Select(row =>
                    Enumerable
                        .Range(0, 1 + (row % 5))
                        .Select(i => (row + i) % 7 == 0 ? new LogitQuestion(0, row) : new LogitQuestion(stream.Uniform(row, i)))
                        .ToArray()),
        ];
        using var scope = torch.NewDisposeScope();
        var logits = KernelTests.Random(5, Rows, Vocabulary);
        var values = TensorMemory.Span<float>(logits);
        for (var i = 0; i < values.Length; i++)
        {
            // Equal logits are frequent, and some tokens excluded.
            values[i] = i % 11 == 0 ? float.NegativeInfinity : MathF.Round(values[i] * 4) / 4 * 1.7f;
        }

        var before = LeakCheck.Baseline();
        var expected = Answers(host, questions, logits);
        var found = Answers(device, questions, logits);
        Assert.Equal(before, LiveTensors.Count);
        Assert.Equal(expected.Select(answer => answer.Token), found.Select(answer => answer.Token));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-5));
        Assert.True(temperature == 0 || topK == 1 || expected.Select(answer => answer.Token).Distinct().Count() > 30);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_row_that_is_no_distribution_is_refused_on_a_device_too(float value)
    {
        using var scope = torch.NewDisposeScope();
        var logits = KernelTests.Random(5, 2, Vocabulary);
        TensorMemory.Span<float>(logits)[Vocabulary + 3] = value;
        using var reader = new DeviceLogitReader(new TokenSamplerOptions(), torch.CPU);
        Assert.Throws<InvalidOperationException>(() => Answers(reader, [[new LogitQuestion(0.5)], [new LogitQuestion(0.5)]], logits));
    }

    /// <summary>Reads logits in two parts, as a pass with many rows hands them out.</summary>
    private static SampledToken[] Answers(ILogitReader reader, LogitQuestion[][] questions, torch.Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        reader.Begin(questions);
        var half = questions.Length / 2;
        reader.Read(0, logits.narrow(0, 0, half));
        reader.Read(half, logits.narrow(0, half, questions.Length - half));
        SampledToken[] answers = [.. reader.Complete().SelectMany(row => row)];
        reader.Dispose();
        return answers;
    }
}
