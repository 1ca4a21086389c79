namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// Turns a text into hashed n-grams, word by word: the character 2- to 5-grams of each word (its ends marked), the word, and the word with the one before it.
/// Time and memory are linear in the text. Reused from text to text; not for several threads at once.
/// </summary>
internal sealed class NgramReader
{
    /// <summary>The first n-grams of each word: the word, and the word with the one before it. The characters' follow.</summary>
    public const int WordNgrams = 2;

    private const int LongestNgram = 5;
    private const int LongestWord = 64;
    private const ulong WordSeed = 0x9E3779B97F4A7C15;
    private const ulong PairSeed = 0xC2B2AE3D27D4EB4F;
    private const ulong CharacterSeed = 0x165667B19E3779F9;
    private const char Boundary = '\u0001';

    private readonly char[] _word = new char[LongestWord + 2];
    private char[] _folded = new char[1024];
    private ulong[] _hashes = new ulong[4096];
    private int[] _wordEnds = new int[256];
    private int _hashCount;
    private int _wordCount;
    private ulong _previousWord;
    private char[] _spelt = new char[LongestWord];
    private int _speltCount;

    /// <summary>The n-grams, in the order of the text; one that occurs twice is there twice.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(0, _hashCount);

    /// <summary>For each word (or punctuation mark), the number of n-grams up to and with its own.</summary>
    public ReadOnlySpan<int> WordEnds => _wordEnds.AsSpan(0, _wordCount);

    /// <summary>Share of capitals among the ASCII letters, from 0 to 1.</summary>
    public float CapitalShare { get; private set; }

    /// <summary>Number of exclamation marks.</summary>
    public int Exclamations { get; private set; }

    /// <summary>Number of question marks.</summary>
    public int Questions { get; private set; }

    /// <summary>Number of double quotation marks.</summary>
    public int Quotes { get; private set; }

    /// <summary>Reads a text; the properties then describe it.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        (_hashCount, _wordCount, _previousWord, _speltCount) = (0, 0, 0, 0);
        var length = FoldAll(text);
        var folded = _folded.AsSpan(0, length);
        var at = 0;
        while (at < length)
        {
            var c = folded[at];
            if (c == ' ')
            {
                at++;
                continue;
            }

            var start = at++;
            if (TextFolding.IsWord(c))
            {
                while (
                    at < length
                    && (TextFolding.IsWord(folded[at]) || (TextFolding.IsWordInside(folded[at]) && at + 1 < length && TextFolding.IsWord(folded[at + 1]))))
                {
                    at++;
                }
            }

            AddWord(folded[start..at]);
        }

        EndSpelling();
    }

    private int FoldAll(ReadOnlySpan<char> text)
    {
        if (_folded.Length < text.Length)
        {
            _folded = new char[Math.Max(text.Length, _folded.Length * 2)];
        }

        var (length, capitals, letters) = (0, 0, 0);
        (Exclamations, Questions, Quotes) = (0, 0, 0);
        foreach (var c in text)
        {
            var folded = TextFolding.Fold(c);
            if (folded == TextFolding.Dropped)
            {
                continue;
            }

            _folded[length++] = folded;
            capitals += (uint)(c - 'A') <= 25 ? 1 : 0;
            letters += (uint)((c | 0x20) - 'a') <= 25 ? 1 : 0;
            Exclamations += folded == '!' ? 1 : 0;
            Questions += folded == '?' ? 1 : 0;
            Quotes += folded == '"' ? 1 : 0;
        }

        CapitalShare = letters == 0 ? 0 : (float)capitals / letters;
        return length;
    }

    private void AddWord(ReadOnlySpan<char> word)
    {
        if (word.Length == 1 && (uint)(word[0] - 'a') <= 25)
        {
            if (_speltCount < LongestWord)
            {
                _spelt[_speltCount++] = word[0];
            }
        }
        else if (word.Length > 1 || TextFolding.IsWord(word[0]))
        {
            EndSpelling();
        }

        AddNgrams(word);
    }

    // Letters that stand one by one, three or more of them, are also read as the word they spell.
    private void EndSpelling()
    {
        var count = _speltCount;
        _speltCount = 0;
        if (count >= 3)
        {
            AddNgrams(_spelt.AsSpan(0, count));
        }
    }

    private void AddNgrams(ReadOnlySpan<char> word)
    {
        // What is longer than any word (a string of signs, a text without blanks) is read in pieces.
        for (; word.Length > LongestWord; word = word[LongestWord..])
        {
            AddNgrams(word[..LongestWord]);
        }

        word.CopyTo(_word.AsSpan(1));
        var length = TextFolding.Unmask(_word.AsSpan(1, word.Length)) + 2;
        (_word[0], _word[length - 1]) = (Boundary, Boundary);
        Reserve(length * (LongestNgram - 1) + WordNgrams);
        var whole = WordSeed;
        foreach (var c in _word.AsSpan(1, length - 2))
        {
            whole = Step(whole, c);
        }

        whole = Finish(whole);
        _hashes[_hashCount++] = whole;
        _hashes[_hashCount++] = Finish(Step(PairSeed ^ _previousWord, Boundary) ^ whole);
        _previousWord = whole;
        for (var start = 0; start < length - 1 && length > 3; start++)
        {
            var hash = Step(CharacterSeed, _word[start]);
            for (var end = start + 1; end < Math.Min(length, start + LongestNgram); end++)
            {
                hash = Step(hash, _word[end]);
                _hashes[_hashCount++] = Finish(hash);
            }
        }

        _wordEnds[_wordCount++] = _hashCount;
    }

    private void Reserve(int more)
    {
        if (_hashCount + more > _hashes.Length)
        {
            Array.Resize(ref _hashes, Math.Max(_hashes.Length * 2, _hashCount + more));
        }

        if (_wordCount == _wordEnds.Length)
        {
            Array.Resize(ref _wordEnds, _wordEnds.Length * 2);
        }
    }

    private static ulong Step(ulong hash, char c) => (hash ^ c) * 0x100000001B3;

    // The finalizer of SplitMix64: the low bits of the product alone would not depend on all characters alike.
    private static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
