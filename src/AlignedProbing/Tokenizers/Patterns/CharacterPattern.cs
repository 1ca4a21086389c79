using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Matches each single character of a class.</summary>
internal sealed class CharacterPattern : TextPattern
{
    private readonly Func<int, bool> _isMatch;
    private readonly bool[] _ascii = new bool[128];

    /// <param name="isMatch">Decides for a code point.</param>
    public CharacterPattern(Func<int, bool> isMatch)
    {
        _isMatch = isMatch;
        for (var i = 0; i < _ascii.Length; i++)
        {
            _ascii[i] = isMatch(i);
        }
    }

    public override void FindSpans(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        var covered = 0;
        for (var i = 0; i < text.Length;)
        {
            int length = 1;
            bool isMatch;
            if (text[i] < _ascii.Length)
            {
                isMatch = _ascii[text[i]];
            }
            else
            {
                isMatch = _isMatch(CharacterClasses.CodePointAt(text, i, out length));
            }

            if (isMatch)
            {
                AddMatch(spans, ref covered, i, i + length);
            }

            i += length;
        }

        AddRest(spans, covered, text.Length);
    }
}
