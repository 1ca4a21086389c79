using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Scoring;

namespace AlignedProbing.Torch.Running.Studies;

/// <summary>Does the runs of a study that are not complete, one after the other. Killed and called again, it goes on where it was.</summary>
/// <param name="log">Hears a line a run, and the progress of each.</param>
public sealed class StudyRunner(IRunLog log)
{
    /// <summary>Does every run that is not complete; one that fails is told, and the others go on.</summary>
    /// <param name="plan">The study. Runs with the same weights come one after the other.</param>
    /// <param name="cancellationToken">Stops between two steps of a unit; all that is finished is kept.</param>
    /// <exception cref="InputException">The study's folder cannot be written to.</exception>
    public async Task<StudyOutcome> RunAsync(StudyPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Folder.Write(plan.Manifest);
        var outcomes = new Dictionary<string, StudyRunOutcome>(StringComparer.Ordinal);
        var number = 0;
        foreach (var run in InOrderOfWeights(plan.Runs))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var clock = Stopwatch.StartNew();
            var reason = run.Request is { } request ? await RunAsync(run.Member, request, plan, cancellationToken).ConfigureAwait(false) : null;
            var state = run.Request is null ? "was done" : reason is null ? "done" : "failed";
            outcomes[run.Member.Name] = new StudyRunOutcome(run.Member.Name, state, reason);
            if (!run.Member.Finished)
            {
                plan.Folder.WriteFailure(run.Member.Name, reason);
            }

            var took = run.Request is null ? "" : string.Create(CultureInfo.InvariantCulture, $" in {clock.Elapsed.TotalSeconds:0} s");
            log.Say($"[{++number}/{plan.Runs.Count}] {run.Member.Name}: {state}{took}{(reason is null ? "" : $": {reason}")}");
        }

        return new StudyOutcome(plan.Folder, [.. plan.Runs.Select(run => outcomes[run.Member.Name])]);
    }

    // Stable, so that a study is done in the file's order wherever that costs nothing.
    private static IEnumerable<PlannedRun> InOrderOfWeights(IReadOnlyList<PlannedRun> runs)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        return runs.Index()
            .OrderBy(pair =>
            {
                var request = pair.Item.Request;
                var key = request is null
                    ? $"complete {pair.Index}"
                    : $"{request.Model}\n{request.Revision}\n{request.Adapter}\n{request.Precision}\n{request.Device}";
                return first.TryAdd(key, pair.Index) ? pair.Index : first[key];
            })
            .Select(pair => pair.Item);
    }

    private static async Task<string?> RunAsync(StudyMember member, RunRequest request, StudyPlan plan, CancellationToken cancellationToken)
    {
        var said = (StudyRunLog)plan.Machine.Log;
        said.Run = member.Name;
        try
        {
            var outcome = await new Runner(plan.Machine)
                .RunAsync(await RunPlan.MakeAsync(request, plan.Machine, cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
            return outcome.Failed is [var first, ..] ? $"{outcome.Failed.Count} units failed; {first.Unit}: {first.Message}" : null;
        }
        catch (ScorerUnavailableException error)
        {
            return error.Fault.Message;
        }
        catch (Exception error) when (error is InputException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
        finally
        {
            said.Run = null;
        }
    }
}
