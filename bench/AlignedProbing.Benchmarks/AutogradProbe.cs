using AlignedProbing.Probing.Training;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>The baseline: the linear probe as a module, a loss, an optimiser and a loop, one probe at a time on one thread.</summary>
internal static class AutogradProbe
{
    private const int Epochs = 20;
    private const int Batch = 16;

    public static double Milliseconds(ProbeProblem problem)
    {
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(1);
        Train(problem, 1);
        return ProbeBenchmark.ProcessorMilliseconds(() => Train(problem, Epochs));
    }

    private static void Train(ProbeProblem problem, int epochs)
    {
        var width = problem.Features.Width;
        using var features = Matrix(problem, problem.Train);
        using var labels = Column(problem, problem.Train);
        using var developmentFeatures = Matrix(problem, problem.Development);
        using var developmentLabels = Column(problem, problem.Development);
        using var module = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(width, 1));
        using var loss = torch.nn.SmoothL1Loss();
        using var optimizer = torch.optim.Adam(module.parameters(), 1e-3);
        var steps = epochs * ((problem.Train.Length + Batch - 1) / Batch);
        var warmUp = steps / 10;
        var step = 0;
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            module.train();
            using var order = torch.randperm(problem.Train.Length);
            for (var start = 0; start < problem.Train.Length; start += Batch)
            {
                using var scope = torch.NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                {
                    group.LearningRate = 1e-3 * (step < warmUp ? (double)step / warmUp : (double)(steps - step) / (steps - warmUp));
                }

                step++;
                var rows = order[torch.TensorIndex.Slice(start, Math.Min(start + Batch, problem.Train.Length))];
                optimizer.zero_grad();
                loss.call(module.call(features.index_select(0, rows)).squeeze(1), labels.index_select(0, rows)).backward();
                optimizer.step();
            }

            module.eval();
            using var evaluation = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            loss.call(module.call(developmentFeatures).squeeze(1), developmentLabels).item<float>();
        }
    }

    private static torch.Tensor Matrix(ProbeProblem problem, int[] rows)
    {
        var width = problem.Features.Width;
        var values = new float[rows.Length * width];
        for (var i = 0; i < rows.Length; i++)
        {
            problem.Features.Row(rows[i]).CopyTo(values.AsSpan(i * width, width));
        }

        return torch.tensor(values, [rows.Length, width]);
    }

    private static torch.Tensor Column(ProbeProblem problem, int[] rows) => torch.tensor(Array.ConvertAll(rows, row => problem.Labels[0][row]));
}
