namespace AlignedProbing.Probing;

/// <summary>One training of a network probe for one label column.</summary>
internal sealed unsafe class NetworkTraining
{
    private const int Batch = NetworkLayer.Batch;
    private const ulong Purpose = 0x6E6574UL << 40;

    private readonly ProbeProblem _problem;
    private readonly float[] _labels;
    private readonly bool _isClassifier;
    private readonly LinearProbeOptions _options;
    private readonly NetworkLayer[] _layers;
    private readonly ProbeDraws _draws;

    public NetworkTraining(ProbeProblem problem, float[] labels, IReadOnlyList<int> hidden, bool isClassifier, LinearProbeOptions options)
    {
        (_problem, _labels, _isClassifier, _options) = (problem, labels, isClassifier, options);
        int[] sizes = [problem.Features.Width, .. hidden, 1];
        _layers = [.. Enumerable.Range(0, sizes.Length - 1).Select(layer => new NetworkLayer(sizes[layer], sizes[layer + 1], Purpose ^ ((ulong)(uint)problem.Seed << 8) ^ ((ulong)(uint)problem.Fold << 4) ^ (uint)layer))];
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
                var rows = Math.Min(Batch, order.Length - start);
                for (var b = 0; b < rows; b++)
                {
                    _draws.Drop(epoch, start + b, Padded(train[order[start + b]]), Example(b));
                }

                Forward();
                Derive(rows, b => _labels[train[order[start + b]]]);
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
        var predictions = Predict(_problem.Test);
        if (bestEpoch == 0)
        {
            predictions.AsSpan().Fill(float.NaN);
        }

        return new ProbeFit(predictions, _layers.Length == 1 ? [_layers[0].Direction(0)] : [], bestEpoch == 0 ? null : bestEpoch, null, bestLoss);
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

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

    // The derivative of the mean loss over the batch by each prediction; 0 behind its end.
    private void Derive(int rows, Func<int, float> label)
    {
        var last = _layers[^1];
        for (var b = 0; b < Batch; b++)
        {
            var output = last.Output.Pointer[b];
            last.Factors.Pointer[b] = b >= rows ? 0 : (_isClassifier ? Sigmoid(output) - label(b) : Math.Clamp(output - label(b), -1, 1)) / rows;
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
        var predictions = Outputs(rows);
        var sum = 0.0;
        for (var i = 0; i < rows.Length; i++)
        {
            var (output, label) = ((double)predictions[i], _labels[rows[i]]);
            var distance = Math.Abs(output - label);
            // Cross-entropy from the logit, in the form that does not overflow.
            sum += _isClassifier ? Math.Max(output, 0) - (output * label) + Math.Log(1 + Math.Exp(-Math.Abs(output))) : distance < 1 ? 0.5 * distance * distance : distance - 0.5;
        }

        return sum / rows.Length;
    }

    private float[] Predict(int[] rows) => _isClassifier ? Array.ConvertAll(Outputs(rows), Sigmoid) : Outputs(rows);

    private float[] Outputs(int[] rows)
    {
        var outputs = new float[rows.Length];
        for (var start = 0; start < rows.Length; start += Batch)
        {
            var count = Math.Min(Batch, rows.Length - start);
            for (var b = 0; b < count; b++)
            {
                Padded(rows[start + b]).CopyTo(Example(b));
            }

            Forward();
            new Span<float>(_layers[^1].Output.Pointer, count).CopyTo(outputs.AsSpan(start));
        }

        return outputs;
    }
}
