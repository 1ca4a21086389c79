using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The logistic regression of one label column: the sum over training rows of -log of the probability of their class, plus half the penalty times the squared
/// length of the weights; the bias is not penalised. Solved by L-BFGS (Nocedal 1980), preconditioned by <see cref="LogisticSystem"/>, until a step would
/// change nothing that float32 shows.
/// </summary>
internal sealed unsafe class LogisticColumn
{
    private const int Memory = 12;
    private const int MostSteps = 2000;
    private const double Tolerance = 1e-18;

    private readonly LogisticSystem _system;
    private readonly ProbeProblem _problem;
    private readonly int _classes;
    private readonly int[] _present;
    private readonly int[] _actual;
    private readonly int[] _development;
    private readonly int _outputs;
    private readonly int _size;
    private readonly double[] _parameters;
    private readonly double[] _best;
    private double _bestLoss = double.PositiveInfinity;
    private double? _bestPenalty;
    private bool _worse;

    public LogisticColumn(LogisticSystem system, ProbeProblem problem, int column)
    {
        (_system, _problem, _size) = (system, problem, system.Space.Size);
        var labels = problem.Labels[column];
        _classes = Math.Max(2, problem.Classes?[column] ?? 2);
        _present = [.. problem.Train.Select(row => (int)labels[row]).Distinct().Order()];
        _actual = Array.ConvertAll(problem.Train, row => Array.BinarySearch(_present, (int)labels[row]));
        // A class that no training row has is unknown to every penalty alike: it takes no part in choosing one.
        _development = Array.ConvertAll(problem.Development, row => Array.BinarySearch(_present, (int)labels[row]));
        _outputs = _present.Length switch { 1 => 0, 2 => 1, var several => several };
        _parameters = new double[_outputs * (_size + 1)];
        _best = new double[_parameters.Length];
    }

    /// <summary>Whether smaller penalties need not be tried: the development loss has risen twice in a row.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Solves under the penalty factored last, from the solution before it, and keeps it where the development loss is smaller.</summary>
    public void Judge(CancellationToken cancellationToken)
    {
        if (_outputs == 0)
        {
            IsDone = true;
            return;
        }

        Minimise(cancellationToken);
        var loss = DevelopmentLoss();
        if (loss < _bestLoss)
        {
            (_bestLoss, _bestPenalty, _worse) = (loss, _system.Penalty, false);
            _parameters.CopyTo(_best, 0);
            return;
        }

        (IsDone, _worse) = (_worse, true);
    }

    /// <summary>The fitted probe under the best penalty; where no penalty gave a finite loss its predictions are NaN.</summary>
    public ProbeFit Fit()
    {
        var (rows, parameters) = (_problem.Test.Length, _best);
        var logits = Logits(_system.Space.Test, rows, parameters);
        var logarithms = new float[_classes][];
        for (var k = 0; k < _classes; k++)
        {
            logarithms[k] = new float[rows];
        }

        // Laplace's rule for classes that no training row has: they are as rare as one row more would make them.
        var total = (double)(_system.Rows + _classes);
        var rare = Math.Log(1 / total);
        var known = Math.Log(1 - ((_classes - _present.Length) / total));
        var unsolved = _outputs > 0 && _bestPenalty is null;
        var predictions = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            foreach (var values in logarithms)
            {
                values[row] = unsolved ? float.NaN : (float)rare;
            }

            for (var k = 0; k < _present.Length && !unsolved; k++)
            {
                logarithms[_present[k]][row] = (float)(known + ClassLogits.LogProbability(logits.AsSpan(row * _outputs, _outputs), k));
            }

            var most = 0;
            for (var k = 1; k < _classes; k++)
            {
                most = logarithms[k][row] > logarithms[most][row] ? k : most;
            }

            predictions[row] = unsolved ? float.NaN : IsMany ? most : MathF.Exp(logarithms[1][row]);
        }

        return new ProbeFit(predictions, Directions(parameters), null, _bestPenalty, _bestLoss) { LogProbabilities = logarithms };
    }

    /// <summary>Whether predictions are the most probable class instead of the probability of the second of two.</summary>
    public bool IsMany { get; init; }

    private FittedDirection[] Directions(double[] parameters)
    {
        var none = new FittedDirection(new float[_problem.Features.Width], 0);
        if (!IsMany)
        {
            return [_outputs == 1 ? Of(0) : none];
        }

        // Of two classes the logit is shared out, half of it to each; a class that is not there has a bias that leaves it no probability.
        var directions = new FittedDirection[_classes];
        Array.Fill(directions, none with { Bias = -1000 });
        for (var k = 0; k < _present.Length; k++)
        {
            directions[_present[k]] = _outputs switch
            {
                0 => none,
                1 => Scaled(Of(0), k == 0 ? -0.5f : 0.5f),
                _ => Of(k),
            };
        }

        return directions;

        FittedDirection Of(int k) => _system.Space.Direction(parameters.AsSpan(k * (_size + 1), _size), parameters[(k * (_size + 1)) + _size]);

        static FittedDirection Scaled(FittedDirection direction, float by) =>
            new(Array.ConvertAll(direction.Weights, weight => by * weight), by * direction.Bias);
    }

    private double DevelopmentLoss()
    {
        var logits = Logits(_system.Space.Development, _development.Length, _parameters);
        var (sum, count) = (0.0, 0);
        for (var row = 0; row < _development.Length; row++)
        {
            if (_development[row] >= 0)
            {
                (sum, count) = (sum - ClassLogits.LogProbability(logits.AsSpan(row * _outputs, _outputs), _development[row]), count + 1);
            }
        }

        return count == 0 ? 0 : double.IsFinite(sum) ? sum / count : double.PositiveInfinity;
    }

    private double[] Logits(AlignedMemory<double> rows, int count, double[] parameters)
    {
        var logits = new double[count * _outputs];
        fixed (double* values = parameters)
        {
            for (var row = 0; row < count; row++)
            {
                for (var k = 0; k < _outputs; k++)
                {
                    var own = values + (k * (_size + 1));
                    logits[(row * _outputs) + k] = SymmetricKernels.Dot(rows.Pointer + ((long)row * _size), own, _size) + own[_size];
                }
            }
        }

        return logits;
    }

    private void Minimise(CancellationToken cancellationToken)
    {
        var logits = Logits(_system.Space.Train, _system.Rows, _parameters);
        var history = new Queue<(double[] Step, double[] Change, double Product)>();
        var gradient = Gradient(logits);
        for (var iteration = 0; iteration < MostSteps; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var direction = Direction(gradient, history);
            var slope = Dot(gradient, direction);
            if (!(slope < 0) || -slope <= Tolerance * _system.Rows)
            {
                return;
            }

            var along = Logits(_system.Space.Train, _system.Rows, direction);
            var length = Search(logits, along, direction, slope);
            if (!(length > 0))
            {
                return;
            }

            var step = Array.ConvertAll(direction, value => length * value);
            for (var i = 0; i < step.Length; i++)
            {
                _parameters[i] += step[i];
            }

            for (var i = 0; i < logits.Length; i++)
            {
                logits[i] += length * along[i];
            }

            var after = Gradient(logits);
            double[] change = [.. after.Zip(gradient, (now, before) => now - before)];
            var product = Dot(step, change);
            if (product > 0)
            {
                history.Enqueue((step, change, product));
                if (history.Count > Memory)
                {
                    history.Dequeue();
                }
            }

            gradient = after;
        }
    }

    // The two loops of L-BFGS around the preconditioner, which the last change scales.
    private double[] Direction(double[] gradient, Queue<(double[] Step, double[] Change, double Product)> history)
    {
        var direction = Array.ConvertAll(gradient, value => -value);
        var pairs = history.ToArray();
        var shares = new double[pairs.Length];
        for (var i = pairs.Length - 1; i >= 0; i--)
        {
            shares[i] = Dot(pairs[i].Step, direction) / pairs[i].Product;
            Add(direction, pairs[i].Change, -shares[i]);
        }

        _system.Precondition(direction, _outputs);
        if (pairs.Length > 0)
        {
            var turned = pairs[^1].Change.ToArray();
            _system.Precondition(turned, _outputs);
            var scale = pairs[^1].Product / Dot(pairs[^1].Change, turned);
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] *= scale;
            }
        }

        for (var i = 0; i < pairs.Length; i++)
        {
            Add(direction, pairs[i].Step, shares[i] - (Dot(pairs[i].Change, direction) / pairs[i].Product));
        }

        return direction;
    }

    // The length along a direction at which the slope has fallen to a tenth: Newton's steps in one dimension, kept within what brackets the minimum.
    private double Search(double[] logits, double[] along, double[] direction, double slope)
    {
        var (ofWeights, squared) = (0.0, 0.0);
        for (var k = 0; k < _outputs; k++)
        {
            for (var i = k * (_size + 1); i < (k * (_size + 1)) + _size; i++)
            {
                ofWeights += _parameters[i] * direction[i];
                squared += direction[i] * direction[i];
            }
        }

        var (low, high, length) = (0.0, double.PositiveInfinity, 1.0);
        var moved = new double[logits.Length];
        for (var trial = 0; trial < 60; trial++)
        {
            for (var i = 0; i < moved.Length; i++)
            {
                moved[i] = logits[i] + (length * along[i]);
            }

            var (first, second) = Slope(moved, along);
            first += _system.Penalty * (ofWeights + (length * squared));
            second += _system.Penalty * squared;
            if (Math.Abs(first) <= 0.1 * -slope)
            {
                return length;
            }

            (low, high) = first < 0 ? (length, high) : (low, length);
            var next = length - (first / second);
            length = next > low && next < high && double.IsFinite(next) && next < 10 * Math.Max(length, low) ? next
                : double.IsInfinity(high) ? 4 * length
                : (low + high) / 2;
        }

        return low;
    }

    private (double First, double Second) Slope(double[] logits, double[] along)
    {
        var (first, second) = (0.0, 0.0);
        var chances = new double[Math.Max(1, _outputs)];
        for (var row = 0; row < _actual.Length; row++)
        {
            ClassLogits.Chances(logits.AsSpan(row * _outputs, _outputs), chances);
            var (mean, square) = (0.0, 0.0);
            for (var k = 0; k < _outputs; k++)
            {
                var a = along[(row * _outputs) + k];
                mean += chances[k] * a;
                square += chances[k] * a * a;
                first += (chances[k] - Target(row, k)) * a;
            }

            second += square - (mean * mean);
        }

        return (first, second);
    }

    private double[] Gradient(double[] logits)
    {
        var gradient = new double[_parameters.Length];
        var chances = new double[_outputs];
        fixed (double* to = gradient)
        {
            for (var row = 0; row < _actual.Length; row++)
            {
                ClassLogits.Chances(logits.AsSpan(row * _outputs, _outputs), chances);
                for (var k = 0; k < _outputs; k++)
                {
                    var rest = chances[k] - Target(row, k);
                    SymmetricKernels.AddScaled(to + (k * (_size + 1)), _system.Space.Train.Pointer + ((long)row * _size), rest, _size);
                    to[(k * (_size + 1)) + _size] += rest;
                }
            }
        }

        for (var k = 0; k < _outputs; k++)
        {
            for (var i = k * (_size + 1); i < (k * (_size + 1)) + _size; i++)
            {
                gradient[i] += _system.Penalty * _parameters[i];
            }
        }

        return gradient;
    }

    private double Target(int row, int k) => _outputs == 1 ? _actual[row] : _actual[row] == k ? 1 : 0;

    private static double Dot(double[] a, double[] b)
    {
        fixed (double* x = a, y = b)
        {
            return SymmetricKernels.Dot(x, y, a.Length);
        }
    }

    private static void Add(double[] to, double[] from, double scale)
    {
        fixed (double* x = to, y = from)
        {
            SymmetricKernels.AddScaled(x, y, scale, to.Length);
        }
    }
}
