using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>One training of the linear probe for all label columns of a problem. Everything is allocated at the start.</summary>
internal sealed unsafe class LinearTraining
{
    private const int Batch = LinearProbeOptions.BatchSize;

    private readonly ProbeProblem _problem;
    private readonly LinearProbeOptions _options;
    private readonly IProbeDraws _draws;
    private readonly LinearStepObserver? _observe;
    private readonly int _width;
    private readonly int _columns;
    private readonly int _stride;
    private readonly AlignedMemory<float> _batch;
    private readonly AlignedMemory<float> _factors;
    private readonly AlignedMemory<float> _predicted;
    private readonly LinearColumn[] _all;
    private readonly LinearColumn[] _active;
    private readonly int[] _order;
    private readonly int[] _batchRows = new int[Batch];
    private int _activeCount;

    public LinearTraining(ProbeProblem problem, LinearProbeOptions options, IProbeDraws draws, LinearStepObserver? observe)
    {
        (_problem, _options, _draws, _observe) = (problem, options, draws, observe);
        _width = problem.Features.Width;
        _columns = problem.Features.Stride;
        _stride = AlignedMemory<float>.OddStride(_width);
        _batch = new AlignedMemory<float>((long)Batch * _stride);
        var columns = problem.Labels.Count;
        _factors = new AlignedMemory<float>((long)columns * Batch);
        _predicted = new AlignedMemory<float>((long)columns * Batch);
        _order = new int[problem.Train.Length];
        _all = new LinearColumn[columns];
        for (var i = 0; i < columns; i++)
        {
            _all[i] = new LinearColumn(i, problem.Labels[i], _width, _stride);
        }

        _active = [.. _all];
        _activeCount = columns;
    }

    public IReadOnlyList<ProbeFit> Run(CancellationToken cancellationToken)
    {
        if (_all.Length == 0)
        {
            return [];
        }

        var first = _all[0];
        first.Bias = _draws.Initialize(first.Weights.Span[.._width]);
        foreach (var column in _all)
        {
            first.Weights.Span.CopyTo(column.Weights.Span);
            column.Bias = first.Bias;
        }

        var steps = _options.Epochs * ((_problem.Train.Length + Batch - 1) / Batch);
        var schedule = new AdamSchedule(_options.LearningRate, steps, (int)Math.Floor(steps * _options.WarmUp));
        for (var epoch = 0; epoch < _options.Epochs && _activeCount > 0; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TrainEpoch(epoch, ref schedule);
            Develop(epoch);
        }

        return [.. _all.Select(column => column.Fit(Predict(column)))];
    }

    // Called some twenty times only: without the attribute the first probes would run as compiled for a quick start.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TrainEpoch(int epoch, ref AdamSchedule schedule)
    {
        _draws.Permute(epoch, _order);
        var weights = stackalloc float*[_activeCount];
        var moments = stackalloc float*[_activeCount];
        for (var k = 0; k < _activeCount; k++)
        {
            weights[k] = _active[k].Weights.Pointer;
            moments[k] = _active[k].Moments.Pointer;
        }

        var features = _problem.Features.Pointer;
        var batch = _batch.Pointer;
        var stride = (long)_problem.Features.Stride;
        for (var start = 0; start < _order.Length; start += Batch)
        {
            var count = Math.Min(Batch, _order.Length - start);
            var rows = _batchRows.AsSpan(0, count);
            for (var b = 0; b < count; b++)
            {
                rows[b] = _problem.Train[_order[start + b]];
                var row = features + (rows[b] * stride);
                _draws.Drop(epoch, start + b, new ReadOnlySpan<float>(row, _columns), new Span<float>(batch + (b * _stride), _columns));
            }

            // What is left of a longer batch is read as well, with derivatives of 0.
            for (var quad = 0; quad < count; quad += 4)
            {
                var x = batch + (quad * _stride);
                ProbeKernels.Dots(x, x + _stride, x + (2 * _stride), x + (3 * _stride), _columns, weights, _activeCount, _predicted.Pointer + quad, Batch);
            }

            var step = schedule.Next();
            for (var k = 0; k < _activeCount; k++)
            {
                Derive(_active[k], rows, _predicted.Pointer + (k * Batch), _factors.Pointer + (k * Batch), step);
            }

            ProbeKernels.Step(batch, _stride, _columns, _factors.Pointer, weights, moments, _stride, _activeCount, step);
            if (_observe is not null)
            {
                for (var k = 0; k < _activeCount; k++)
                {
                    _observe(schedule.Step, _active[k].Number, _active[k].Weights.Span[.._width], _active[k].Bias);
                }
            }
        }
    }

    // The derivative of the mean SmoothL1 over the batch by each prediction, and the step of the bias.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Derive(LinearColumn column, ReadOnlySpan<int> rows, float* predicted, float* factors, AdamStep step)
    {
        var labels = stackalloc float[Batch];
        var shares = stackalloc float[Batch];
        for (var b = 0; b < rows.Length; b++)
        {
            labels[b] = column.Labels[rows[b]];
            shares[b] = 1f / rows.Length;
        }

        var sum = Vector256<float>.Zero;
        for (var b = 0; b < Batch; b += Vector256<float>.Count)
        {
            var difference = Vector256.Load(predicted + b) + Vector256.Create(column.Bias) - Vector256.Load(labels + b);
            var factor = Vector256.Clamp(difference, Vector256.Create(-1f), Vector256.Create(1f)) * Vector256.Load(shares + b);
            factor.Store(factors + b);
            sum += factor;
        }

        column.StepBias(ProbeKernels.Sum(sum), step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Develop(int epoch)
    {
        var weights = stackalloc float*[_activeCount];
        for (var k = 0; k < _activeCount; k++)
        {
            weights[k] = _active[k].Weights.Pointer;
            _active[k].DevelopmentSum = 0;
        }

        var rows = _problem.Development;
        for (var start = 0; start < rows.Length; start += 4)
        {
            Dots(rows, start, weights, _activeCount);
            var count = Math.Min(4, rows.Length - start);
            for (var k = 0; k < _activeCount; k++)
            {
                var column = _active[k];
                for (var b = 0; b < count; b++)
                {
                    var distance = Math.Abs(_predicted.Pointer[(k * Batch) + b] + column.Bias - column.Labels[rows[start + b]]);
                    column.DevelopmentSum += distance < 1 ? 0.5f * distance * distance : distance - 0.5f;
                }
            }
        }

        var kept = 0;
        for (var k = 0; k < _activeCount; k++)
        {
            var column = _active[k];
            if (column.Judge(epoch, (float)(column.DevelopmentSum / rows.Length)) < _options.Patience)
            {
                _active[kept++] = column;
            }
        }

        _activeCount = kept;
    }

    private float[] Predict(LinearColumn column)
    {
        var rows = _problem.Test;
        var predictions = new float[rows.Length];
        var weights = column.Best.Pointer;
        for (var start = 0; start < rows.Length; start += 4)
        {
            Dots(rows, start, &weights, 1);
            for (var b = 0; b < Math.Min(4, rows.Length - start); b++)
            {
                predictions[start + b] = _predicted.Pointer[b] + column.BestBias;
            }
        }

        return predictions;
    }

    // Four rows from a place in a list; past its end the last row stands in.
    private void Dots(int[] rows, int start, float** weights, int probes)
    {
        var last = rows.Length - 1;
        var features = _problem.Features.Pointer;
        var stride = (long)_problem.Features.Stride;
        ProbeKernels.Dots(
            features + (rows[start] * stride),
            features + (rows[Math.Min(start + 1, last)] * stride),
            features + (rows[Math.Min(start + 2, last)] * stride),
            features + (rows[Math.Min(start + 3, last)] * stride),
            _columns,
            weights,
            probes,
            _predicted.Pointer,
            Batch);
    }
}
