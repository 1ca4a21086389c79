using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>The best ridge probe of one label column so far.</summary>
internal sealed class RidgeColumn(int width)
{
    private readonly double[] _best = new double[width];
    private double _bestError = double.PositiveInfinity;
    private double? _bestPenalty;

    /// <summary>Keeps weights whose error is smaller than all before; penalties come in ascending order.</summary>
    public void Judge(double penalty, double[] weights, Func<double[], double> error)
    {
        var found = error(weights);
        if (found < _bestError)
        {
            (_bestError, _bestPenalty) = (found, penalty);
            weights.CopyTo(_best, 0);
        }
    }

    /// <summary>The fitted probe; where no penalty gave a finite error there is none, and its predictions are NaN.</summary>
    public ProbeFit Fit(ProbeProblem problem, double[] featureMeans, double labelMean)
    {
        var predictions = new float[problem.Test.Length];
        // The bias goes with the weights as they are kept, rounded to float32: at the mean features it gives the mean label exactly.
        var weights = Array.ConvertAll(_best, weight => (float)weight);
        var bias = labelMean;
        for (var column = 0; column < width; column++)
        {
            bias -= weights[column] * featureMeans[column];
        }

        for (var i = 0; i < predictions.Length; i++)
        {
            // Centred before multiplying: raw features are large, and their product with the weights cancels.
            var row = problem.Features.Row(problem.Test[i]);
            var sum = 0.0;
            for (var column = 0; column < width; column++)
            {
                sum += (row[column] - featureMeans[column]) * _best[column];
            }

            predictions[i] = _bestPenalty is null ? float.NaN : (float)(labelMean + sum);
        }

        return new ProbeFit(predictions, [new FittedDirection(weights, bias)], null, _bestPenalty, _bestError);
    }
}
