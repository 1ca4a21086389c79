namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>
/// The prompts that all runs have, by id, and with the same text: ids that people number themselves can name different texts. They are in the order of their
/// ids, so that draws do not depend on which run comes first.
/// </summary>
internal sealed class CommonPrompts
{
    public CommonPrompts(IReadOnlyList<ComparedSource> runs)
    {
        var texts = runs.Select(run => run.Index.Prompts.ToDictionary(prompt => prompt.Id, prompt => prompt.Text, StringComparer.Ordinal)).ToArray();
        string[] shared = [.. texts.Skip(1).Aggregate(texts[0].Keys.AsEnumerable(), (ids, run) => ids.Where(run.ContainsKey)).Order(StringComparer.Ordinal)];
        Ids = [.. shared.Where(id => texts.All(run => run[id] == texts[0][id]))];
        OtherTexts = shared.Length - Ids.Count;
        var numbers = Ids.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        Numbers = [.. runs.Select(run => (int[])[.. run.Index.Prompts.Select(prompt => numbers.GetValueOrDefault(prompt.Id, -1))])];
        Positions = [.. Numbers.Select(ofRun =>
        {
            var positions = new int[Ids.Count];
            for (var position = 0; position < ofRun.Length; position++)
            {
                if (ofRun[position] >= 0)
                {
                    positions[ofRun[position]] = position;
                }
            }

            return positions;
        })];
    }

    /// <summary>Ids of the prompts, in order.</summary>
    public IReadOnlyList<string> Ids { get; }

    public int Count => Ids.Count;

    /// <summary>Ids that all runs have, with different texts.</summary>
    public int OtherTexts { get; }

    /// <summary>For each run the number here of each of its prompts; -1 where it has none.</summary>
    public IReadOnlyList<int[]> Numbers { get; }

    /// <summary>For each run where each prompt stands in it.</summary>
    public IReadOnlyList<int[]> Positions { get; }
}
