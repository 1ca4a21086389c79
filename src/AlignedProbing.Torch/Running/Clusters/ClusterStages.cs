using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Torch.Running.Estimates;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>Divides a run into the jobs of a cluster.</summary>
public static class ClusterStages
{
    private const long Least = 1500L << 20;

    /// <summary>The jobs, each of which begins when that before it is done.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="estimate">What it takes.</param>
    /// <param name="options">How many tasks, and the arguments of <c>encode</c>.</param>
    public static IReadOnlyList<ClusterStage> Of(RunPlan plan, RunEstimate estimate, ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(estimate);
        ArgumentNullException.ThrowIfNull(options);
        var (measurement, run) = (plan.Manifest.Measurement, estimate.Run);
        var chunks = Math.Min(options.Tasks, plan.Chunks);
        var layers = Math.Min(options.Tasks, measurement.Layers?.Count ?? plan.Manifest.Model.Layers);
        var controls = measurement.Controls.Intersect(ControlEncoding.Names).Count();
        var model = estimate.Memory[0].Total;
        var models = measurement.Scorers.Any(scorer => scorer is not (GivenScores.Name or PropertyScores.Name) && !ScorerCatalog.Names.Contains(scorer));
        string[] encode = ["encode", .. options.Encode, "--output", run];
        var vectors = 8L * plan.Prompts.Count * measurement.ProbedContinuations.Count * plan.Manifest.Model.Width * sizeof(float);
        return
        [
            new ClusterStage("encode", [encode], chunks, model, SecondsOf("encode") / chunks / (1 + controls), OnDevice: true),
            .. controls == 0
                ? []
                : new[] { new ClusterStage("controls", [encode], chunks, model, SecondsOf("encode") / chunks * controls / (1 + controls), OnDevice: true) },
            new ClusterStage(
                "score", [["score", run]], chunks, models ? Math.Max(Least, model) : Least, SecondsOf("score") / chunks, OnDevice: models),
            new ClusterStage("probe", [["probe", run]], layers, Least + vectors, SecondsOf("probe") / layers, OnDevice: false),
            new ClusterStage("report", [["analyse", run], ["report", run]], null, Least + vectors, 600, OnDevice: false),
        ];

        double SecondsOf(string stage) => estimate.Time
            .Where(time => time.Stage == stage || time.Stage.StartsWith(stage + "/", StringComparison.Ordinal))
            .Sum(time => time.Seconds ?? 3600);
    }
}
