using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Probing.Training;

/// <summary>What the online code of a label column counts, and the code it is held against.</summary>
internal abstract class CodeReference
{
    /// <summary>The reference that a probe's labels call for.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="column">The label column.</param>
    public static CodeReference Of(IProbe probe, ProbeProblem problem, int column) =>
        probe.IsClassifier ? new Uniform(problem.Labels[column], problem.Classes?[column] ?? 2) : new Mean(problem.Labels[column], problem.Train);

    /// <summary>The code of rows that nothing is known about.</summary>
    public abstract double Code(int[] rows);

    /// <summary>The code of rows by a probe that predicts them.</summary>
    public abstract double Code(int[] rows, ProbeFit fit);

    /// <summary>The code of rows by the shares that their own classes have; null where there are no classes.</summary>
    public abstract double? ByFrequency(int[] rows);

    private sealed class Mean(float[] labels, int[] train) : CodeReference
    {
        private readonly double _mean = train.Average(row => (double)labels[row]);

        public override double Code(int[] rows) => rows.Sum(row => Square(labels[row] - _mean));

        public override double Code(int[] rows, ProbeFit fit) => rows.Index().Sum(pair => Square(labels[pair.Item] - (double)fit.Predictions[pair.Index]));

        public override double? ByFrequency(int[] rows) => null;

        private static double Square(double value) => value * value;
    }

    private sealed class Uniform(float[] labels, int classes) : CodeReference
    {
        public override double Code(int[] rows) => rows.Length * Math.Log2(classes);

        public override double Code(int[] rows, ProbeFit fit) =>
            rows.Index().Sum(pair => -fit.LogProbabilities![(int)labels[pair.Item]][pair.Index] / Math.Log(2));

        public override double? ByFrequency(int[] rows) =>
            rows.CountBy(row => labels[row]).Sum(share => -share.Value * Math.Log2((double)share.Value / rows.Length));
    }
}
