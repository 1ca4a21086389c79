using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Probing.Training;

/// <summary>A column of a task: a cell's labels as one of its seeds sees them.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Seed">The seed.</param>
/// <param name="SeedIndex">Its index among the cell's.</param>
internal readonly record struct StudyColumn(StudyCellBuilder Cell, int Seed, int SeedIndex);

/// <summary>The unit of parallel work: one fold and, for probes with randomness, one seed, of all columns that share matrix and rows.</summary>
/// <param name="Features">The vectors.</param>
/// <param name="Rows">The rows of the vectors that take part; folds count in these.</param>
/// <param name="Fold">The fold.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Coded">Whether the training labels are coded online, instead of predicting the test rows.</param>
internal sealed record StudyTask(FeatureMatrix Features, int[] Rows, Fold Fold, IReadOnlyList<StudyColumn> Columns, bool Coded = false)
{
    public void Run(IProbe probe, bool standardise, CancellationToken cancellationToken)
    {
        var train = InFeatures(Fold.Train);
        var labels = Columns.Select(column => column.Cell.Labels(column.Seed)).ToArray();
        var scaling = standardise ? FeatureScaling.Of(Features, train) : null;
        var problem = new ProbeProblem
        {
            Features = scaling?.Apply(Features) ?? Features,
            Labels = [.. labels.Select(Spread)],
            Classes = probe.IsClassifier ? [.. Columns.Select(column => column.Cell.Classes.Count)] : null,
            Train = train,
            Development = InFeatures(Fold.Development),
            Test = InFeatures(Fold.Test),
            Fold = Fold.Number,
            Seed = Columns[0].Seed,
        };
        if (Coded)
        {
            var codes = OnlineCode.Of(probe, problem, cancellationToken);
            for (var i = 0; i < codes.Count; i++)
            {
                Columns[i].Cell.Take(Fold, codes[i]);
            }

            return;
        }

        var fits = probe.Fit(problem, cancellationToken);
        for (var i = 0; i < fits.Count; i++)
        {
            Columns[i].Cell.Take(Fold, Columns[i].SeedIndex, labels[i], fits[i], scaling);
        }
    }

    private int[] InFeatures(IReadOnlyList<int> positions)
    {
        var rows = new int[positions.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = Rows[positions[i]];
        }

        return rows;
    }

    private float[] Spread(float[] labels)
    {
        var spread = new float[Features.Rows];
        for (var i = 0; i < Rows.Length; i++)
        {
            spread[Rows[i]] = labels[i];
        }

        return spread;
    }
}
