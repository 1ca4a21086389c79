using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Scorers.Perplexity;

/// <summary>
/// Runs a batch of prompts with their continuations through a model and reads log-probabilities off its logits. A prompt is read once, whatever the number of
/// texts that go on it; what a text gets does not depend on the others of the batch.
/// </summary>
internal sealed class LikelihoodPass(CausalModel model)
{
    private readonly TokenEngine _engine = new(model, new TokenEngineOptions());

    /// <summary>Fills in the log-probabilities.</summary>
    /// <exception cref="OperationCanceledException">Asked for between two passes.</exception>
    public void Run(IReadOnlyList<LikelihoodSequence> sequences, CancellationToken cancellationToken)
    {
        TokenSequence[] asked = [.. sequences.Select(sequence => new TokenSequence(
            sequence.Prompt,
            // The last token of a text is predicted, never read.
            [.. sequence.Tails.Select(ids => new TokenTail(TokenSource.Given(ids), ids.Length))])
        {
            FirstOwn = sequence.FirstOwn,
            Own = sequence.Own,
        })];
        _engine.Run(asked, observer: null, cancellationToken);
        for (var i = 0; i < asked.Length; i++)
        {
            for (var tail = 0; tail < asked[i].Tails.Count; tail++)
            {
                asked[i].Tails[tail].LogProbabilities.CopyTo(sequences[i].OfTails[tail]);
            }
        }
    }
}
