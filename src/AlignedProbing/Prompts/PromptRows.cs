namespace AlignedProbing.Prompts;

/// <summary>Prompts of a prompt set by their place in its file.</summary>
public static class PromptRows
{
    /// <summary>The texts of some rows.</summary>
    /// <param name="path">The prompt set, a row a prompt.</param>
    /// <param name="rows">Numbers of the rows, from 0, those that cannot be used included.</param>
    /// <exception cref="InputException"><c>wrong-usage</c>: a row is not there or cannot be used; and those of <see cref="PromptSet.Read"/>.</exception>
    public static IReadOnlyList<string> Texts(string path, IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var read = PromptSet.Read(path, new PromptSetOptions());
        var leftOut = read.Manifest.Read - read.Manifest.Used;
        if (read.Manifest.Used != read.Prompts.Count || leftOut != read.Problems.Count)
        {
            throw Fault("rows and prompts are not one to one: several rows make one prompt, or too many are left out", "Give a prompt set of a row a prompt");
        }

        if (leftOut > 0 && path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            throw Fault("rows of a CSV are left out, so the others' numbers cannot be told", "Remove the rows that cannot be used, or give JSON lines");
        }

        // A row that is left out still counts.
        var unusable = read.Problems.Select(problem => problem.Line - 1).ToHashSet();
        var used = Enumerable.Range(0, read.Manifest.Read).Where(row => !unusable.Contains(row)).ToArray();
        var place = used.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return
        [
            .. rows.Select(row => place.TryGetValue(row, out var prompt)
                ? read.Prompts[prompt].Text
                : throw Fault($"row {row} is not there or cannot be used, of {read.Manifest.Read}", "Give the prompt set that the rows count in")),
        ];

        InputException Fault(string found, string remedy) => new("wrong-usage", $"taking rows of '{path}'", found, remedy);
    }
}
