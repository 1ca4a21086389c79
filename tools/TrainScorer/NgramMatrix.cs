using System.Runtime.InteropServices;
using AlignedProbing.Scoring.Ngram;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>The n-grams of all texts, by number: a sparse matrix of texts by n-grams.</summary>
internal sealed class NgramMatrix
{
    private readonly int[] _ids;
    private readonly int[] _starts;

    private NgramMatrix(ulong[] hashes, bool[] isWord, int[] ids, int[] starts) => (Hashes, IsWord, _ids, _starts) = (hashes, isWord, ids, starts);

    /// <summary>The hash of each n-gram number.</summary>
    public ulong[] Hashes { get; }

    /// <summary>Whether each n-gram number is a whole word or a pair of words.</summary>
    public bool[] IsWord { get; }

    /// <summary>Reads all texts.</summary>
    public static NgramMatrix Of(IReadOnlyList<string> texts)
    {
        var (numbers, hashes, isWord, ids, starts) = (
            new Dictionary<ulong, int>(),
            new List<ulong>(),
            new List<bool>(),
            new List<int>(),
            new int[texts.Count + 1]);
        var reader = new NgramReader();
        for (var i = 0; i < texts.Count; i++)
        {
            reader.Read(texts[i]);
            var start = 0;
            foreach (var end in reader.WordEnds)
            {
                for (var at = start; at < end; at++)
                {
                    ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, reader.Hashes[at], out var known);
                    if (!known)
                    {
                        number = hashes.Count;
                        hashes.Add(reader.Hashes[at]);
                        isWord.Add(at - start < NgramReader.WordNgrams);
                    }

                    ids.Add(number);
                }

                start = end;
            }

            starts[i + 1] = ids.Count;
        }

        return new NgramMatrix([.. hashes], [.. isWord], [.. ids], starts);
    }

    /// <summary>A text's n-gram numbers; one that occurs twice is there twice.</summary>
    public ReadOnlySpan<int> Of(int text) => _ids.AsSpan(_starts[text], _starts[text + 1] - _starts[text]);
}
