using AlignedProbing.Runs;

namespace AlignedProbing.Analysis;

/// <summary>
/// Warnings as they are found, each with its place. Those that change a conclusion have a weight; the two weightiest stand above the figures, the others where
/// they belong.
/// </summary>
internal sealed class CaveatList
{
    private readonly List<(string Place, string Text, int? Weight)> _found = [];

    /// <summary>Adds one.</summary>
    /// <param name="place">Where it stands, unless it is among the weightiest.</param>
    /// <param name="text">The sentences.</param>
    /// <param name="weight">How much a conclusion changes with it, from 0 (most); null where it changes none.</param>
    public void Add(string place, string text, int? weight = null) => _found.Add((place, text, weight));

    /// <summary>All of them: the weightiest first, then in the order found.</summary>
    public IReadOnlyList<Caveat> All()
    {
        var top = _found.Where(caveat => caveat.Weight is not null).OrderBy(caveat => caveat.Weight).Take(Caveat.MostAtTop).ToHashSet();
        return
        [
            .. _found.Where(caveat => caveat.Place == "demo").Select(caveat => new Caveat("demo", caveat.Text)),
            .. _found.Where(top.Contains).OrderBy(caveat => caveat.Weight).Select(caveat => new Caveat("top", caveat.Text)),
            .. _found.Where(caveat => caveat.Place != "demo" && !top.Contains(caveat)).Select(caveat => new Caveat(caveat.Place, caveat.Text)),
        ];
    }
}
