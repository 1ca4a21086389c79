using System.Runtime.InteropServices;

namespace AlignedProbing.Torch.Generation;

/// <summary>Tokens that follow a prompt: what is asked for, and what there is of them so far.</summary>
internal sealed class TokenTail
{
    /// <summary>Describes what is asked for.</summary>
    /// <param name="source">Where its tokens come from.</param>
    /// <param name="limit">Tokens at most; of given ones all or 0, for want of room.</param>
    public TokenTail(TokenSource source, int limit)
    {
        (Source, Limit) = (source, limit);
        if (source.Ids is { } given)
        {
            Ids.AddRange(given);
            CollectionsMarshal.SetCount(LogProbabilities, limit);
        }

        Ended = source.Ids is not null || limit == 0;
    }

    /// <summary>Where its tokens come from.</summary>
    public TokenSource Source { get; }

    /// <summary>Tokens at most.</summary>
    public int Limit { get; }

    /// <summary>Whether its last token is read too, for its states; no other token is predicted from it.</summary>
    public bool ReadsLast { get; init; }

    /// <summary>Its tokens so far, without the one that ends a text.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>Log-probability of each token, the natural logarithm of the softmax of raw logits.</summary>
    public List<double> LogProbabilities { get; } = [];

    /// <summary>The id that ended the text; null: none did.</summary>
    public int? EndOfText { get; private set; }

    /// <summary>Log-probability of <see cref="EndOfText"/>.</summary>
    public double EndLogProbability { get; private set; }

    /// <summary>Whether no further token is drawn.</summary>
    public bool Ended { get; private set; }

    /// <summary>Tokens of it that the model reads at most.</summary>
    internal int Room => ReadsLast ? Limit : Math.Max(0, Limit - 1);

    /// <summary>Draws no further token.</summary>
    public void Stop() => Ended = true;

    /// <summary>Whether its next token is to be read.</summary>
    /// <param name="read">Tokens read before.</param>
    internal bool HasNext(int read) => Source.Ids is null && read < Ids.Count && (!Ended || ReadsLast);

    /// <summary>Whether the logits after one of its tokens are asked for.</summary>
    /// <param name="token">The token's number; -1: the prompt's last token.</param>
    internal bool Asks(int token) => Source.Ids is null ? !Ended : token + 1 < Limit;

    /// <summary>A token has been drawn, or a given one's log-probability read.</summary>
    internal void Accept(int token, Sampling.SampledToken sampled, IReadOnlySet<int> endOfText)
    {
        if (Source.Ids is not null)
        {
            LogProbabilities[token] = sampled.LogProbability;
        }
        else if (endOfText.Contains(sampled.Token))
        {
            (EndOfText, EndLogProbability, Ended) = (sampled.Token, sampled.LogProbability, true);
        }
        else
        {
            Ids.Add(sampled.Token);
            LogProbabilities.Add(sampled.LogProbability);
            Ended |= Ids.Count == Limit;
        }
    }
}
