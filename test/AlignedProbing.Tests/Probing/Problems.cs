using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Probing;

/// <summary>Small problems whose labels are a noisy linear function of the features.</summary>
internal static class Problems
{
    public static ProbeProblem Make(int rows, int width, int columns)
    {
        var features = new FeatureMatrix(rows, width);
        var labels = Enumerable.Range(0, columns).Select(_ => new float[rows]).ToArray();
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < width; i++)
            {
                features.Row(row)[i] = (2 * Uniform(row, i)) - 1;
            }

            for (var column = 0; column < columns; column++)
            {
                labels[column][row] = (0.5f * features.Row(row)[column % width]) + (0.2f * Uniform(row, 10_000 + column));
            }
        }

        var fold = Fold.Split(rows)[0];
        return new ProbeProblem
        {
            Features = features,
            Labels = labels,
            Train = [.. fold.Train],
            Development = [.. fold.Development],
            Test = [.. fold.Test],
            Fold = 0,
            Seed = 0,
        };
    }

    private static float Uniform(int row, int what) => Philox.ToSingle(Philox.Block(77, (uint)row, (uint)what).A);
}
