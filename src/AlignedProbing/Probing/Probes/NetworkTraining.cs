using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>One training of a network probe for one label column.</summary>
internal sealed unsafe class NetworkTraining
{
    private const int Batch = NetworkLayer.Batch;
    private const ulong Purpose = 0x6E6574UL << 40;

    private readonly ProbeProblem _problem;
    private readonly float[] _labels;
    private readonly ProbeLoss _loss;
    private readonly LinearProbeOptions _options;
    private readonly NetworkLayer[] _layers;
    private readonly ProbeDraws _draws;
    private readonly int[] _batchRows = new int[Batch];

    public NetworkTraining(ProbeProblem problem, int column, IReadOnlyList<int> hidden, ProbeLoss loss, LinearProbeOptions options)
    {
        (_problem, _labels, _loss, _options) = (problem, problem.Labels[column], loss, options);
        int[] sizes = [problem.Features.Width, .. hidden, loss == ProbeLoss.Softmax ? problem.Classes?[column] ?? 2 : 1];
        _layers =
        [
            .. Enumerable
                .Range(0, sizes.Length - 1)
                .Select(layer => new NetworkLayer(
                    sizes[layer],
                    sizes[layer + 1],
                    Purpose ^ ((ulong)(uint)problem.Seed << 8) ^ ((ulong)(uint)problem.Fold << 4) ^ (uint)layer)),
        ];
        _draws = new ProbeDraws(problem.Seed, problem.Fold, options.Dropout);
    }

    public ProbeFit Run(CancellationToken cancellationToken)
    {
        var train = _problem.Train;
        var order = new int[train.Length];
        var steps = _options.Epochs * ((train.Length + Batch - 1) / Batch);
        var schedule = new AdamSchedule(_options.LearningRate, steps, (int)Math.Floor(steps * _options.WarmUp));
        var (bestLoss, bestEpoch) = (double.PositiveInfinity, 0);
        for (var epoch = 0; epoch < _options.Epochs && epoch - bestEpoch < _options.Patience; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _draws.Permute(epoch, order);
            for (var start = 0; start < order.Length; start += Batch)
            {
                var rows = _batchRows.AsSpan(0, Math.Min(Batch, order.Length - start));
                for (var b = 0; b < rows.Length; b++)
                {
                    rows[b] = train[order[start + b]];
                    _draws.Drop(epoch, start + b, Padded(rows[b]), Example(b));
                }

                Forward();
                Derive(rows);
                Backward(schedule.Next());
            }

            var loss = DevelopmentLoss();
            if (loss < bestLoss)
            {
                (bestLoss, bestEpoch) = (loss, epoch + 1);
                Array.ForEach(_layers, layer => layer.Keep());
            }
        }

        Array.ForEach(_layers, layer => layer.Restore());
        return Fit(bestEpoch == 0 ? null : bestEpoch, bestLoss);
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    // log(1 + exp(x)), in the form that does not overflow.
    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>The fitted probe. Where no epoch had a finite loss there is none: its predictions are NaN.</summary>
    private ProbeFit Fit(int? epoch, double loss)
    {
        var outputs = Outputs(_problem.Test);
        if (epoch is null)
        {
            Array.ForEach(outputs, output => output.AsSpan().Fill(float.NaN));
        }

        IReadOnlyList<FittedDirection> directions = _layers.Length == 1 ? [.. Enumerable.Range(0, _layers[0].Outputs).Select(_layers[0].Direction)] : [];
        return _loss switch
        {
            ProbeLoss.SmoothL1 => new ProbeFit(outputs[0], directions, epoch, null, loss),
            ProbeLoss.Logistic => new ProbeFit(Array.ConvertAll(outputs[0], Sigmoid), directions, epoch, null, loss)
            {
                LogProbabilities =
                [
                    Array.ConvertAll(outputs[0], logit => (float)-SoftPlus(logit)),
                    Array.ConvertAll(outputs[0], logit => (float)-SoftPlus(-logit)),
                ],
            },
            _ => new ProbeFit(MostProbable(outputs), directions, epoch, null, loss) { LogProbabilities = LogSoftmax(outputs) },
        };
    }

    // Of equally probable classes the first; NaN where outputs are not finite.
    private static float[] MostProbable(float[][] outputs)
    {
        var classes = new float[outputs[0].Length];
        for (var row = 0; row < classes.Length; row++)
        {
            var best = 0;
            for (var k = 1; k < outputs.Length; k++)
            {
                best = outputs[k][row] > outputs[best][row] ? k : best;
            }

            classes[row] = float.IsFinite(outputs[best][row]) ? best : float.NaN;
        }

        return classes;
    }

    private static float[][] LogSoftmax(float[][] outputs)
    {
        float[][] logarithms = [.. outputs.Select(output => new float[output.Length])];
        for (var row = 0; row < outputs[0].Length; row++)
        {
            var sum = LogSum(outputs, row);
            for (var k = 0; k < outputs.Length; k++)
            {
                logarithms[k][row] = (float)(outputs[k][row] - sum);
            }
        }

        return logarithms;
    }

    // The logarithm of the sum of exponentials; from the largest, so that none overflows.
    private static double LogSum(float[][] outputs, int row)
    {
        var largest = double.NegativeInfinity;
        for (var k = 0; k < outputs.Length; k++)
        {
            largest = Math.Max(largest, outputs[k][row]);
        }

        var sum = 0.0;
        for (var k = 0; k < outputs.Length; k++)
        {
            sum += Math.Exp(outputs[k][row] - largest);
        }

        return largest + Math.Log(sum);
    }

    private ReadOnlySpan<float> Padded(int row) => new(_problem.Features.Pointer + ((long)row * _problem.Features.Stride), _problem.Features.Stride);

    private Span<float> Example(int b) => new(_layers[0].Input.Pointer + (b * _layers[0].Stride), _problem.Features.Stride);

    private void Forward()
    {
        for (var number = 0; number < _layers.Length; number++)
        {
            var layer = _layers[number];
            layer.Forward();
            if (number + 1 == _layers.Length)
            {
                return;
            }

            var next = _layers[number + 1];
            for (var unit = 0; unit < layer.Outputs; unit++)
            {
                for (var b = 0; b < Batch; b++)
                {
                    next.Input.Pointer[(b * next.Stride) + unit] = Math.Max(0, layer.Output.Pointer[(unit * Batch) + b]);
                }
            }
        }
    }

    // The derivative of the mean loss over the batch by each output; 0 past its end.
    private void Derive(ReadOnlySpan<int> rows)
    {
        var last = _layers[^1];
        for (var b = 0; b < Batch; b++)
        {
            if (b >= rows.Length)
            {
                for (var k = 0; k < last.Outputs; k++)
                {
                    last.Factors.Pointer[(k * Batch) + b] = 0;
                }
            }
            else if (_loss == ProbeLoss.Softmax)
            {
                DeriveSoftmax(last, b, (int)_labels[rows[b]], rows.Length);
            }
            else
            {
                var (output, label) = (last.Output.Pointer[b], _labels[rows[b]]);
                last.Factors.Pointer[b] = (_loss == ProbeLoss.Logistic ? Sigmoid(output) - label : Math.Clamp(output - label, -1, 1)) / rows.Length;
            }
        }
    }

    private static void DeriveSoftmax(NetworkLayer last, int example, int label, int rows)
    {
        var from = last.Output.Pointer + example;
        var to = last.Factors.Pointer + example;
        var largest = from[0];
        for (var k = 1; k < last.Outputs; k++)
        {
            largest = Math.Max(largest, from[k * Batch]);
        }

        var sum = 0f;
        for (var k = 0; k < last.Outputs; k++)
        {
            to[k * Batch] = MathF.Exp(from[k * Batch] - largest);
            sum += to[k * Batch];
        }

        for (var k = 0; k < last.Outputs; k++)
        {
            to[k * Batch] = ((to[k * Batch] / sum) - (k == label ? 1 : 0)) / rows;
        }
    }

    private void Backward(AdamStep step)
    {
        for (var number = _layers.Length - 1; number >= 0; number--)
        {
            if (number > 0)
            {
                var before = _layers[number - 1];
                for (var unit = 0; unit < before.Outputs; unit++)
                {
                    for (var b = 0; b < Batch; b++)
                    {
                        before.Factors.Pointer[(unit * Batch) + b] = before.Output.Pointer[(unit * Batch) + b] > 0 ? _layers[number].Back(unit, b) : 0;
                    }
                }
            }

            _layers[number].Step(step);
        }
    }

    private double DevelopmentLoss()
    {
        var rows = _problem.Development;
        var outputs = Outputs(rows);
        var sum = 0.0;
        for (var i = 0; i < rows.Length; i++)
        {
            var (output, label) = ((double)outputs[0][i], _labels[rows[i]]);
            var distance = Math.Abs(output - label);
            sum += _loss switch
            {
                ProbeLoss.Softmax => LogSum(outputs, i) - outputs[(int)label][i],
                ProbeLoss.Logistic => SoftPlus(output) - (output * label),
                _ => distance < 1 ? 0.5 * distance * distance : distance - 0.5,
            };
        }

        return sum / rows.Length;
    }

    /// <summary>What the last layer makes of rows, without dropout: [output][row].</summary>
    private float[][] Outputs(int[] rows)
    {
        float[][] outputs = [.. Enumerable.Range(0, _layers[^1].Outputs).Select(_ => new float[rows.Length])];
        for (var start = 0; start < rows.Length; start += Batch)
        {
            var count = Math.Min(Batch, rows.Length - start);
            for (var b = 0; b < count; b++)
            {
                Padded(rows[start + b]).CopyTo(Example(b));
            }

            Forward();
            for (var k = 0; k < outputs.Length; k++)
            {
                new Span<float>(_layers[^1].Output.Pointer + (k * Batch), count).CopyTo(outputs[k].AsSpan(start));
            }
        }

        return outputs;
    }
}
