using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>What a cell's strength is made of.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Labels">Labels of the rows: one series for all seeds, or (permuted labels) one for each.</param>
/// <param name="Predictions">Out-of-fold predictions of the rows, a series for each seed.</param>
/// <param name="Lengths">Tokens pooled into each row's vector.</param>
internal sealed record CellSeries(CellRows Rows, double[][] Labels, double[][] Predictions, double[] Lengths)
{
    /// <summary>
    /// Of a probe of several classes, whose labels and predictions are class numbers, the probabilities: [seed][class][row]; null of other probes.
    /// </summary>
    public double[][][]? Probabilities { get; init; }

    /// <summary>A cell without control, or one of a control that keeps the labels.</summary>
    public static CellSeries? Of(ProbePredictions cell, int seeds, int rowsOfPrompt, Func<int, double> length) =>
        Of(cell, cell.Labels(0).ToArray(), null, seeds, rowsOfPrompt, length);

    /// <summary>A cell of the control <c>randomization</c>: its labels are those of the cell without control, permuted by each seed.</summary>
    public static CellSeries? OfPermuted(ProbePredictions cell, float[] labels, IReadOnlyList<int> seeds, int rowsOfPrompt, Func<int, double> length) =>
        Of(cell, labels, seeds, seeds.Count, rowsOfPrompt, length);

    /// <summary>The rows of some prompts alone, their prompts numbered anew; null where none is left.</summary>
    /// <param name="numbers">The new number of each prompt.</param>
    /// <param name="kept">New numbers of the prompts kept.</param>
    public CellSeries? Among(int[] numbers, HashSet<int> kept)
    {
        int[] rows = [.. Enumerable.Range(0, Rows.Count).Where(row => kept.Contains(numbers[Rows.Prompts[row]]))];
        if (rows.Length == 0)
        {
            return null;
        }

        int[] folds = [.. rows.Select(row => Enumerable.Range(0, Rows.Folds).Last(fold => Rows.FoldStarts[fold] <= row))];
        int[] starts = [.. Enumerable.Range(0, rows.Length).Where(row => row == 0 || folds[row] != folds[row - 1]), rows.Length];
        return new CellSeries(
            new CellRows([.. rows.Select(row => Rows.Places[row])], [.. rows.Select(row => numbers[Rows.Prompts[row]])], starts),
            [.. Labels.Select(Taken)],
            [.. Predictions.Select(Taken)],
            Taken(Lengths))
        {
            Probabilities = Probabilities is { } ofSeeds ? [.. ofSeeds.Select(ofClasses => (double[][])[.. ofClasses.Select(Taken)])] : null,
        };

        double[] Taken(double[] values) => [.. rows.Select(row => values[row])];
    }

    /// <summary>The same with the probabilities of its classes.</summary>
    /// <param name="cell">One cell of the layer's.</param>
    /// <exception cref="InputException">They do not belong to the predictions.</exception>
    public CellSeries With(ProbeProbabilities cell)
    {
        // Classes that other cells have and this one has not are NaN throughout.
        var classes = Enumerable
            .Range(0, cell.Classes)
            .TakeWhile(k =>
                Rows.Places[^1] < cell.Places
                && Enumerable.Range(0, Predictions.Length).Any(seed => seed < cell.Seeds && Rows.Places.Any(place => !float.IsNaN(cell.Of(0, seed, k)[place]))))
            .Count();
        if (classes == 0 && Predictions.All(series => series.All(double.IsNaN)))
        {
            return this;
        }

        if (cell.Seeds < Predictions.Length || classes < 2 || Labels.Any(series => series.Any(label => !(label >= 0 && label < classes))))
        {
            throw PromptIndex.Broken("probabilities and predictions are not of the same classes", "the layer's probabilities.npy");
        }

        return this with
        {
            Probabilities =
            [
                .. Enumerable
                    .Range(0, Predictions.Length)
                    .Select(seed => (double[][])[.. Enumerable.Range(0, classes).Select(k => Plane(cell.Of(0, seed, k).ToArray()))]),
            ],
        };

        double[] Plane(float[] values) => [.. Rows.Places.Select(place => (double)values[place])];
    }

    private static CellSeries? Of(ProbePredictions cell, float[] labels, IReadOnlyList<int>? permutedBy, int seeds, int rowsOfPrompt, Func<int, double> length)
    {
        if (CellRows.Of(cell, rowsOfPrompt) is not { } rows || seeds > cell.Seeds)
        {
            return null;
        }

        double[][] ofRows = permutedBy is null
            ?
            [
                [.. rows.Places.Select(place => (double)labels[place])],
            ]
            : [.. permutedBy.Select(seed => Permuted(rows, labels, seed))];
        return new CellSeries(
            rows,
            ofRows,
            [
                .. Enumerable
                    .Range(0, seeds)
                    .Select(seed => cell.Predictions(0, seed).ToArray())
                    .Select(plane => (double[])[.. rows.Places.Select(place => (double)plane[place])]),
            ],
            [.. rows.Places.Select(length)]);
    }

    private static double[] Permuted(CellRows rows, float[] labels, int seed)
    {
        int[] ascending = [.. rows.Places.Order()];
        var order = LabelPermutation.Of(ascending.Length, seed);
        var given = ascending.Index().ToDictionary(pair => pair.Item, pair => (double)labels[ascending[order[pair.Index]]]);
        return [.. rows.Places.Select(place => given[place])];
    }
}
