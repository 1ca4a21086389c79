namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>Whole texts as tokens, packed one after another without padding: row r of every tensor of a pass is token r.</summary>
public sealed class SequenceBatch
{
    /// <summary>Packs sequences.</summary>
    /// <param name="sequences">The token ids of each, at least one.</param>
    /// <param name="segments">Which segment each token belongs to, as BERT's <c>token_type_ids</c>; null: all to segment 0.</param>
    /// <exception cref="ArgumentException">There is no sequence, one is empty, or its segments are not as many as its tokens.</exception>
    public SequenceBatch(IReadOnlyList<ReadOnlyMemory<int>> sequences, IReadOnlyList<ReadOnlyMemory<int>>? segments = null)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Count == 0 || sequences.Any(sequence => sequence.IsEmpty))
        {
            throw new ArgumentException("A batch has at least one sequence, and each at least one token.", nameof(sequences));
        }

        if (segments is not null && !segments.Select(segment => segment.Length).SequenceEqual(sequences.Select(sequence => sequence.Length)))
        {
            throw new ArgumentException("Every token has one segment.", nameof(segments));
        }

        (FirstRows, Lengths) = (new int[sequences.Count], new int[sequences.Count]);
        var tokens = sequences.Sum(sequence => sequence.Length);
        (Ids, Positions, Segments) = (new int[tokens], new int[tokens], new int[tokens]);
        var row = 0;
        for (var s = 0; s < sequences.Count; s++)
        {
            (FirstRows[s], Lengths[s]) = (row, sequences[s].Length);
            sequences[s].Span.CopyTo(Ids.AsSpan(row));
            segments?[s].Span.CopyTo(Segments.AsSpan(row));
            for (var position = 0; position < Lengths[s]; position++)
            {
                Positions[row++] = position;
            }
        }
    }

    /// <summary>Number of sequences.</summary>
    public int Count => Lengths.Length;

    /// <summary>Number of tokens.</summary>
    public int Tokens => Ids.Length;

    /// <summary>First row of each sequence.</summary>
    public int[] FirstRows { get; }

    /// <summary>Tokens of each sequence.</summary>
    public int[] Lengths { get; }

    /// <summary>Token ids [tokens].</summary>
    public int[] Ids { get; }

    /// <summary>Place of each token in its sequence [tokens], from 0.</summary>
    public int[] Positions { get; }

    /// <summary>Segment of each token [tokens].</summary>
    public int[] Segments { get; }
}
