using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>The rows of a cell, fold by fold: where their predictions stand, and which prompt each belongs to.</summary>
/// <param name="Places">Place of each row in the planes of the predictions.</param>
/// <param name="Prompts">Number of each row's prompt.</param>
/// <param name="FoldStarts">Where each fold begins among the rows, and after the last their number.</param>
internal sealed record CellRows(int[] Places, int[] Prompts, int[] FoldStarts)
{
    public int Count => Places.Length;

    public int Folds => FoldStarts.Length - 1;

    /// <summary>The rows that are in a test fold; null where there are none.</summary>
    /// <param name="predictions">One cell.</param>
    /// <param name="rowsOfPrompt">Rows each prompt has in the planes.</param>
    public static CellRows? Of(ProbePredictions predictions, int rowsOfPrompt)
    {
        var folds = predictions.Folds(0).ToArray();
        int[] places = [.. Enumerable.Range(0, folds.Length).Where(place => !float.IsNaN(folds[place])).OrderBy(place => folds[place]).ThenBy(place => place)];
        if (places.Length == 0)
        {
            return null;
        }

        int[] starts = [.. Enumerable.Range(0, places.Length).Where(row => row == 0 || folds[places[row]] != folds[places[row - 1]]), places.Length];
        return new CellRows(places, [.. places.Select(place => place / rowsOfPrompt)], starts);
    }

    /// <summary>Whether another cell has the very same rows in the same folds.</summary>
    public bool IsLike(CellRows other) =>
        Places.AsSpan().SequenceEqual(other.Places) && FoldStarts.AsSpan().SequenceEqual(other.FoldStarts) && Prompts.AsSpan().SequenceEqual(other.Prompts);
}
