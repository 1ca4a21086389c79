namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// Accuracy, macro F1 and AUROC of a cell in every resample of its prompts: within each fold and seed, averaged over both. NaN stands for none inside this room
/// and never leaves it.
/// </summary>
/// <param name="Accuracy">Accuracy in each resample.</param>
/// <param name="MacroF1">Macro F1.</param>
/// <param name="Auroc">AUROC.</param>
internal sealed record ClassSamples(double[] Accuracy, double[] MacroF1, double[] Auroc)
{
    private const double Half = 0.5;

    /// <summary>Computes them.</summary>
    /// <param name="cell">The cell: of two classes with the second's probability as its predictions, or of several with their probabilities.</param>
    /// <param name="counts">How often each resample draws each row: [resamples, rows].</param>
    public static ClassSamples Of(CellSeries cell, byte[] counts)
    {
        var (rows, resamples) = (cell.Rows.Count, counts.Length / cell.Rows.Count);
        var (accuracy, f1, auroc) = (new Mean(resamples), new Mean(resamples), new Mean(resamples));
        for (var seed = 0; seed < cell.Predictions.Length; seed++)
        {
            var labels = cell.Labels[cell.Labels.Length == 1 ? 0 : seed];
            int[] actual = Array.ConvertAll(labels, label => cell.Probabilities is null ? (label >= Half ? 1 : 0) : (int)label);
            int[] predicted = Array.ConvertAll(cell.Predictions[seed], value => !double.IsFinite(value) ? -1
                : cell.Probabilities is null ? (value >= Half ? 1 : 0)
                : (int)value);
            // The two areas of two classes are one.
            double[][] scores = cell.Probabilities?[seed] ?? [cell.Predictions[seed]];
            var classes = cell.Probabilities is null ? 2 : scores.Length;
            for (var fold = 0; fold < cell.Rows.Folds; fold++)
            {
                var (start, end) = (cell.Rows.FoldStarts[fold], cell.Rows.FoldStarts[fold + 1]);
                // What the sample itself does not define is no run; what a resample does not define makes the resample undefined.
                if (predicted.AsSpan(start..end).Contains(-1))
                {
                    continue;
                }

                var allThere = Enumerable.Range(0, classes).All(k => actual.AsSpan(start..end).Contains(k));
                Count(counts, rows, (start, end), actual, predicted, classes, accuracy, allThere ? f1 : null);
                if (allThere)
                {
                    Areas(counts, rows, (start, end), actual, scores, auroc);
                }
            }
        }

        return new ClassSamples(accuracy.Values, f1.Values, auroc.Values);
    }

    private static void Count(byte[] counts, int rows, (int Start, int End) fold, int[] actual, int[] predicted, int classes, Mean accuracy, Mean? f1)
    {
        var (right, named, there) = (new int[classes], new int[classes], new int[classes]);
        accuracy.Runs++;
        if (f1 is not null)
        {
            f1.Runs++;
        }

        for (var resample = 0; resample < accuracy.Sums.Length; resample++)
        {
            Array.Clear(right);
            Array.Clear(named);
            Array.Clear(there);
            var drawn = counts.AsSpan(resample * rows, rows);
            for (var row = fold.Start; row < fold.End; row++)
            {
                there[actual[row]] += drawn[row];
                named[predicted[row]] += drawn[row];
                right[actual[row]] += actual[row] == predicted[row] ? drawn[row] : 0;
            }

            var (all, sum) = (0, 0.0);
            for (var k = 0; k < classes; k++)
            {
                all += there[k];
                // A class that was not drawn has no F1.
                sum += there[k] == 0 ? double.NaN : 2.0 * right[k] / (named[k] + there[k]);
            }

            accuracy.Sums[resample] += (double)right.Sum() / all;
            if (f1 is not null)
            {
                f1.Sums[resample] += sum / classes;
            }
        }
    }

    // Rows are sorted once; each resample then counts in one pass how many rows of the rest lie below those of a class, ties counted half.
    private static void Areas(byte[] counts, int rows, (int Start, int End) fold, int[] actual, double[][] scores, Mean auroc)
    {
        auroc.Runs++;
        for (var k = 0; k < scores.Length; k++)
        {
            var values = scores[k];
            int[] order = [.. Enumerable.Range(fold.Start, fold.End - fold.Start).OrderBy(row => values[row])];
            bool[] isClass = Array.ConvertAll(order, row => scores.Length == 1 ? actual[row] == 1 : actual[row] == k);
            bool[] isTied = [.. order.Select((row, place) => place > 0 && values[row] == values[order[place - 1]])];
            for (var resample = 0; resample < auroc.Sums.Length; resample++)
            {
                auroc.Sums[resample] += Area(counts.AsSpan(resample * rows, rows), order, isClass, isTied) / scores.Length;
            }
        }
    }

    private static double Area(ReadOnlySpan<byte> drawn, int[] order, bool[] isClass, bool[] isTied)
    {
        var (area, below, inside, tiedBelow, tiedInside) = (0.0, 0, 0, 0, 0);
        for (var place = 0; place < order.Length; place++)
        {
            if (!isTied[place])
            {
                area += tiedInside * (below + (tiedBelow / 2.0));
                (below, inside, tiedBelow, tiedInside) = (below + tiedBelow, inside + tiedInside, 0, 0);
            }

            if (isClass[place])
            {
                tiedInside += drawn[order[place]];
            }
            else
            {
                tiedBelow += drawn[order[place]];
            }
        }

        area += tiedInside * (below + (tiedBelow / 2.0));
        (below, inside) = (below + tiedBelow, inside + tiedInside);
        return area / ((double)below * inside);
    }

    private sealed class Mean(int resamples)
    {
        public double[] Sums { get; } = new double[resamples];

        public int Runs { get; set; }

        public double[] Values => Array.ConvertAll(Sums, sum => sum / Runs);
    }
}
