namespace AlignedProbing.Tools.TrainScorer;

/// <summary>The part of the scorer's card that this program writes: what stands between its two marks.</summary>
internal static class CardText
{
    private const string Begin = "<!-- figures: written by tools/TrainScorer -->\n";
    private const string End = "<!-- end of figures -->";

    /// <summary>The card with new figures.</summary>
    /// <exception cref="InvalidDataException">The card lacks the marks.</exception>
    public static string WithFigures(string card, string figures)
    {
        var begin = card.IndexOf(Begin, StringComparison.Ordinal);
        var end = card.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{card[..(begin + Begin.Length)]}\n{figures.TrimEnd()}\n\n{card[end..]}"
            : throw new InvalidDataException($"The card has no place for figures: '{Begin.Trim()}' and '{End}'.");
    }
}
