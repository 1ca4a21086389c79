using TorchSharp;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>What is read off one row of logits: a token is drawn, or the log-probability of a given one is asked for.</summary>
/// <param name="Uniform">What a token is drawn with, in [0, 1).</param>
/// <param name="Given">The token given; null: one is drawn.</param>
internal readonly record struct LogitQuestion(double Uniform, int? Given = null);

/// <summary>Reads logits as a pass hands them out.</summary>
internal interface ILogitReader : IDisposable
{
    /// <summary>A pass begins.</summary>
    /// <param name="rows">What is asked of each row of logits that the pass makes.</param>
    void Begin(IReadOnlyList<LogitQuestion[]> rows);

    /// <summary>Reads some rows.</summary>
    /// <param name="first">Number of the first row.</param>
    /// <param name="logits">float32 [rows, vocabulary].</param>
    void Read(int first, torch.Tensor logits);

    /// <summary>The answers, row by row, once the pass has ended.</summary>
    /// <exception cref="InvalidOperationException">A row is no distribution (NaN, or infinite).</exception>
    IReadOnlyList<SampledToken[]> Complete();
}
