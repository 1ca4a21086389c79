using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>Submits a run to Slurm: a job for each stage, which begins when all tasks of that before it are done.</summary>
/// <param name="machine">The machine.</param>
public sealed class SlurmCluster(RunMachine machine)
{
    /// <summary>Starts the run folder, writes the scripts into it and submits them.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="stages">Its stages.</param>
    /// <param name="options">How tasks are asked for.</param>
    /// <param name="cancellationToken">Ends the waiting for Slurm.</param>
    /// <exception cref="InputException">There is no Slurm, it refuses, or the run is submitted already.</exception>
    public async Task<Submission> SubmitAsync(
        RunPlan plan, IReadOnlyList<ClusterStage> stages, ClusterOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(stages);
        ArgumentNullException.ThrowIfNull(options);
        if (await ProgramCall.RunAsync("sbatch", ["--version"], cancellationToken).ConfigureAwait(false) is null)
        {
            throw new InputException(
                "slurm-missing",
                "submitting to Slurm",
                "there is no sbatch here",
                "Submit on a login node of the cluster; --dry-run shows the scripts anywhere");
        }

        var path = Path.GetFullPath(Path.Combine(machine.WorkingFolder, plan.Request.Output));
        var kept = Path.Combine(path, "cluster", "submission.json");
        await ThrowIfSubmittedAsync(kept, cancellationToken).ConfigureAwait(false);
        var run = RunFolder.StartOrResume(path, plan.Manifest, plan.Prompts);
        EncodingPlace.Settle(run, machine, alone: false);
        Directory.CreateDirectory(Path.Combine(path, "cluster", "logs"));
        var jobs = new List<SubmittedJob>();
        foreach (var stage in stages)
        {
            var script = Path.Combine(path, "cluster", $"{stage.Name}.sbatch");
            AtomicWrite.Text(script, SlurmScript.Of(stage, options, path, machine.WorkingFolder));
            string[] after = jobs.Count == 0 ? [] : [$"--dependency=afterok:{jobs[^1].Job}", "--kill-on-invalid-dep=yes"];
            var answer = await ProgramCall.RunAsync("sbatch", ["--parsable", .. after, script], cancellationToken).ConfigureAwait(false);
            if (answer is not { Code: 0 })
            {
                await CancelAsync(jobs, cancellationToken).ConfigureAwait(false);
                throw new InputException(
                    "slurm-refused",
                    $"submitting '{script}'",
                    $"sbatch says '{answer?.Words}'",
                    $"{(jobs.Count > 0 ? "The jobs before it were cancelled. " : "")}Correct --partition, --time, --gres, --account or --sbatch, and " +
                    "submit again"
                );
            }

            jobs.Add(new SubmittedJob(stage.Name, answer.Output.Split(';')[0].Trim(), script));
        }

        var submission = new Submission(TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), jobs);
        AtomicWrite.File(kept, stream => JsonSerializer.Serialize(stream, submission, RecordJson.File));
        return submission;
    }

    private static async Task CancelAsync(List<SubmittedJob> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count > 0)
        {
            await ProgramCall.RunAsync("scancel", [.. jobs.Select(job => job.Job)], cancellationToken).ConfigureAwait(false);
        }
    }

    // Two submissions of one run would do its units twice.
    private static async Task ThrowIfSubmittedAsync(string kept, CancellationToken cancellationToken)
    {
        if (!File.Exists(kept))
        {
            return;
        }

        Submission? before;
        try
        {
            before = JsonSerializer.Deserialize<Submission>(await File.ReadAllBytesAsync(kept, cancellationToken).ConfigureAwait(false), RecordJson.File);
        }
        catch (JsonException error)
        {
            throw new InputException(
                "run-folder-broken",
                $"reading '{kept}'",
                error.Message.TrimEnd('.'),
                "Remove the file if nothing of this run is queued",
                error);
        }

        if (before is not { Jobs.Count: > 0 })
        {
            return;
        }

        // A number that Slurm has forgotten is an error of squeue's: that job is over.
        var running = new List<string>();
        foreach (var job in before.Jobs)
        {
            var answer = await ProgramCall.RunAsync("squeue", ["-h", "-j", job.Job, "-o", "%T"], cancellationToken).ConfigureAwait(false);
            if (answer is { Code: 0, Output.Length: > 0 })
            {
                var states = answer
                    .Output.Split('\n')
                    .GroupBy(state => state)
                    .Select(group => $"{group.Count().ToString(CultureInfo.InvariantCulture)} {group.Key}");
                running.Add($"{job.Stage} (job {job.Job}: {string.Join(", ", states)})");
            }
        }

        if (running.Count > 0)
        {
            throw new InputException(
                "run-submitted",
                $"submitting a run whose submission of {before.Submitted} is not over",
                $"in Slurm's queue are {string.Join("; ", running)}",
                "Wait for it ('aligned-probing status' shows how far it is), or cancel these jobs with scancel");
        }
    }
}
