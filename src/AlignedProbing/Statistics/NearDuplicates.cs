using System.Text;

namespace AlignedProbing.Statistics;

/// <summary>
/// Texts that are identical, or nearly so, but for case, punctuation and white space: the share of pieces of five characters that two texts have in common
/// (Jaccard) is at least <see cref="Similarity"/>. Candidates come from hashes of the pieces (MinHash in bands: Broder 1997), each is then compared exactly; a
/// pair at the threshold is overlooked twice in ten thousand.
/// </summary>
public static class NearDuplicates
{
    /// <summary>From this share of common pieces on two texts count as nearly identical.</summary>
    public const double Similarity = 0.8;

    private const int Piece = 5;
    private const int Bands = 16;
    private const int RowsOfBand = 4;

    // Texts that share a band and nothing else are rare; this bounds what made-up texts can cost.
    private const int MostCompared = 64;

    /// <summary>
    /// Groups of texts: of each text the smallest index in its group. A text like no other is a group of its own; likeness is carried on from text to text.
    /// </summary>
    public static int[] Groups(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var pieces = new uint[texts.Count][];
        var bands = new ulong[texts.Count][];
        Parallel.For(0, texts.Count, text =>
        {
            pieces[text] = PiecesOf(Normalised(texts[text]));
            bands[text] = BandsOf(pieces[text]);
        });
        var groups = Enumerable.Range(0, texts.Count).ToArray();
        for (var band = 0; band < Bands; band++)
        {
            var buckets = new Dictionary<ulong, List<int>>();
            for (var text = 0; text < texts.Count; text++)
            {
                // A text without a letter or digit is like no other.
                if (pieces[text].Length == 0)
                {
                    continue;
                }

                if (!buckets.TryGetValue(bands[text][band], out var bucket))
                {
                    buckets[bands[text][band]] = bucket = [];
                }

                var known = false;
                foreach (var other in bucket)
                {
                    if (Root(groups, other) == Root(groups, text) || Alike(pieces[other], pieces[text]))
                    {
                        Join(groups, other, text);
                        known = true;
                    }
                }

                if (!known && bucket.Count < MostCompared)
                {
                    bucket.Add(text);
                }
            }
        }

        for (var text = 0; text < groups.Length; text++)
        {
            groups[text] = Root(groups, text);
        }

        return groups;
    }

    private static string Normalised(string text)
    {
        var normalised = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                normalised.Append(char.ToLowerInvariant(c));
            }
            else if (normalised.Length > 0 && normalised[^1] != ' ')
            {
                normalised.Append(' ');
            }
        }

        return normalised.ToString().TrimEnd();
    }

    private static uint[] PiecesOf(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        var pieces = new uint[Math.Max(1, text.Length - Piece + 1)];
        for (var start = 0; start < pieces.Length; start++)
        {
            // FNV-1a over the piece's characters.
            var hash = 2166136261u;
            foreach (var c in text.AsSpan(start, Math.Min(Piece, text.Length - start)))
            {
                hash = (hash ^ c) * 16777619u;
            }

            pieces[start] = hash;
        }

        Array.Sort(pieces);
        return [.. pieces.Distinct()];
    }

    private static ulong[] BandsOf(uint[] pieces)
    {
        var bands = new ulong[Bands];
        for (var band = 0; band < Bands; band++)
        {
            var hash = 14695981039346656037UL;
            for (var row = 0; row < RowsOfBand; row++)
            {
                var smallest = uint.MaxValue;
                var salt = (uint)((band * RowsOfBand) + row + 1) * 0x9E3779B9u;
                foreach (var piece in pieces)
                {
                    smallest = Math.Min(smallest, Mixed(piece ^ salt));
                }

                hash = (hash ^ smallest) * 1099511628211UL;
            }

            bands[band] = hash;
        }

        return bands;
    }

    // The end of MurmurHash3: every bit of the result depends on every bit given.
    private static uint Mixed(uint bits)
    {
        bits = (bits ^ (bits >> 16)) * 0x85EBCA6B;
        bits = (bits ^ (bits >> 13)) * 0xC2B2AE35;
        return bits ^ (bits >> 16);
    }

    private static bool Alike(uint[] one, uint[] other)
    {
        var (i, j, common) = (0, 0, 0);
        while (i < one.Length && j < other.Length)
        {
            var order = one[i].CompareTo(other[j]);
            common += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        return common >= Similarity * (one.Length + other.Length - common);
    }

    private static int Root(int[] groups, int text)
    {
        while (groups[text] != text)
        {
            text = groups[text] = groups[groups[text]];
        }

        return text;
    }

    private static void Join(int[] groups, int one, int other)
    {
        var (a, b) = (Root(groups, one), Root(groups, other));
        groups[Math.Max(a, b)] = Math.Min(a, b);
    }
}
