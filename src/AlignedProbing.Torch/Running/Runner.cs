using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>Runs plans: encode, score, probe, analyse, report. Interrupted and called again, it goes on where it was.</summary>
/// <param name="machine">The machine.</param>
public sealed class Runner(RunMachine machine)
{
    /// <summary>Runs everything, as <c>aligned-probing run</c> does.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops between two steps of a unit: finished units are kept, those in flight are dropped.</param>
    /// <returns>What came of it; units that failed are listed and all others are done.</returns>
    /// <exception cref="InputException">The folder cannot be written to, is locked, or holds another run.</exception>
    public async Task<RunOutcome> RunAsync(RunPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var started = StartedRun.Start(plan, machine);
        var (run, request, measurement) = (started.Run, plan.Request, plan.Manifest.Measurement);
        using var access = UnitAccess.Open(started.Run, machine, plan.Request.ClaimFor);
        var stages = new Stages(machine, access.Control, cancellationToken);
        var encoded = stages.Encode(started);
        stages.ReportFailures([encoded]);
        if (encoded.Failed.Count > 0 && Stages.MissingChunks(run) == plan.Chunks)
        {
            return new RunOutcome { Run = run, Failed = encoded.Failed };
        }

        var scored = await stages.ScoreAsync(run, measurement.Scorers, request.Shard).ConfigureAwait(false);
        stages.ReportFailures([scored]);
        if (encoded.Failed.Count + scored.Failed.Count > 0)
        {
            return new RunOutcome { Run = run, Failed = [.. encoded.Failed, .. scored.Failed] };
        }

        if (Stages.MissingChunks(run) is var missing && missing > 0)
        {
            machine.Log.Say($"{missing} chunks belong to other shares. When all are done: aligned-probing run with the same options and without --shard.");
            return new RunOutcome { Run = run, Failed = [], Missing = missing };
        }

        var controls = stages.EncodeControls(started, measurement.Controls);
        if (stages.ReportFailures([controls]) > 0)
        {
            return new RunOutcome { Run = run, Failed = controls.Failed };
        }

        var left = measurement.Controls.Intersect(ControlEncoding.Names).Sum(control => Stages.MissingChunks(run.WithEncodingsOf(control)));
        if (left > 0)
        {
            machine.Log.Say(
                $"{left} chunks of control tasks belong to other shares. When all are done: aligned-probing run with the same options and without --shard.");
            return new RunOutcome { Run = run, Failed = [], Missing = left };
        }

        var probed = stages.Probe(run, measurement, request.Shard, request.Threads);
        var findings = stages.Analyse(run);
        Stages.Report(run, findings);
        stages.ReportFailures([probed]);
        return new RunOutcome { Run = run, Failed = probed.Failed, Findings = findings };
    }

    /// <summary>Encodes, and encodes again for the control tasks that do, as <c>aligned-probing encode</c> does.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops between two passes of the model: finished chunks are kept, the one in flight is dropped.</param>
    /// <returns>The run, and what was done. A chunk that fails is listed; the others are done.</returns>
    /// <exception cref="InputException">The folder cannot be written to, is locked, or holds another run.</exception>
    public (RunFolder Run, StageResult Result) Encode(RunPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var started = StartedRun.Start(plan, machine);
        using var access = UnitAccess.Open(started.Run, machine, plan.Request.ClaimFor);
        var stages = new Stages(machine, access.Control, cancellationToken);
        var result = stages.Encode(started);
        machine.Log.Say($"{started.Run.FullPath}: {result.Done} chunks encoded, {result.AlreadyDone} were there");
        if (result.Failed.Count == 0 && plan.Request.Controls.Any(ControlEncoding.Names.Contains))
        {
            if (Stages.MissingChunks(started.Run) is var missing && missing > 0)
            {
                machine.Log.Say($"control tasks come when all is encoded: {missing} chunks belong to other shares");
            }
            else
            {
                var controls = stages.EncodeControls(started, plan.Request.Controls);
                machine.Log.Say($"{started.Run.FullPath}: {controls.Done} chunks encoded for control tasks, {controls.AlreadyDone} were there");
                result = Stages.Together([result, controls]);
            }
        }

        stages.ReportFailures([result]);
        return (started.Run, result);
    }
}
