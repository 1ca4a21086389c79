using AlignedProbing.Analysis.Interventions;
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Torch.EditedRuns;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Runs interventions as <c>aligned-probing intervene</c> does: edits, controls of the same strength, controls of equal damage, findings, pages. The model is
/// loaded once. Interrupted and called again, it goes on where it was.
/// </summary>
/// <param name="machine">The machine.</param>
public sealed class InterventionRunner(RunMachine machine)
{
    // A block that is taken away fourfold is turned round three times over: beyond it nothing is compared.
    private const double MostOfABypass = 4;

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops between two passes of the model: finished chunks are kept.</param>
    /// <returns>What came of it. An intervention that fails is listed and the others go on.</returns>
    /// <exception cref="InputException">The run is locked, or a folder holds other edits.</exception>
    public async Task<InterventionOutcome> RunAsync(InterventionPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var runLock = RunLock.Take(plan.Run, alone: plan.Request.Shard == Shard.All);
        var inputs = plan.Model.Load(plan.Request.Device.ToString());
        using var model = inputs.Model;
        var work = new Work(plan, machine, inputs, cancellationToken);
        return await work.RunAsync().ConfigureAwait(false);
    }

    /// <summary>Finds and writes what a run's interventions gave so far: findings, CSV, Markdown and page.</summary>
    /// <param name="run">The unedited run.</param>
    /// <param name="cancellationToken">Ends it between two interventions.</param>
    public static InterventionFindings Report(RunFolder run, CancellationToken cancellationToken = default)
    {
        var findings = InterventionAnalysis.Run(run, cancellationToken: cancellationToken);
        InterventionReports.Write(run, findings);
        return findings;
    }

    private sealed class Work(InterventionPlan plan, RunMachine machine, EncodingInputs inputs, CancellationToken cancellationToken)
    {
        private readonly InterventionRequest _request = plan.Request;
        private readonly Stages _stages = new(machine, new UnitControl { Stop = machine.Stop }, cancellationToken);
        private readonly List<UnitFailure> _failed = [];
        private readonly EditedRunStage _stage = new(
            plan.Run,
            inputs,
            new EncodingStageOptions
            {
                BatchSize = plan.Request.BatchSize,
                Shard = plan.Request.Shard,
                Threads = plan.Request.Threads,
                Control = new UnitControl { Stop = machine.Stop },
            },
            machine.Log);

        public async Task<InterventionOutcome> RunAsync()
        {
            var members = SweepMembers.Of(plan, inputs.Model, cancellationToken);
            var each = _request.Bypass == "each" && members.Count > 1;
            var sweep = Begin(members, each);
            _stage.MeasureUnedited(cancellationToken);
            foreach (var (number, member) in members.Index())
            {
                machine.Log.Say($"intervention {number + 1} of {members.Count}: {member.Edited.Name}");
                if (await EditAsync(member.Edited, perplexities: true).ConfigureAwait(false) is { } derived && _request.Shard == Shard.All)
                {
                    ProbeAnew(derived);
                }
            }

            if (_request.Shard != Shard.All)
            {
                machine.Log.Say("this share is done; controls come when all are: the same command without --shard");
                return Outcome(sweep);
            }

            Report(plan.Run, cancellationToken);
            foreach (var (member, control) in members.SelectMany(member => each ? [] : member.Controls.Select(control => (member, control))))
            {
                var edited = control.At(1);
                machine.Log.Say($"control of {member.Edited.Name}: {edited.Name}");
                await EditAsync(edited, perplexities: false).ConfigureAwait(false);
            }

            // Of a sweep over layers the one with the largest change is held against others at equal damage; all of them would be a sweep for each layer.
            SweepMember[] held = each ? [.. Largest(members)] : [.. members];
            foreach (var member in held.Where(member => member.Controls.Count > 0))
            {
                sweep = await EqualDamageAsync(sweep, member).ConfigureAwait(false);
            }

            return Outcome(sweep);
        }

        private InterventionSweep Begin(IReadOnlyList<SweepMember> members, bool each)
        {
            var before = DerivedRuns.FindSweep(plan.Run, plan.Name);
            var sweep = new InterventionSweep
            {
                Name = plan.Name,
                Kind = _request.Bypass is not null ? "bypass" : _request.Ablate is not null ? "ablate" : "steer",
                Attribute = plan.Attribute,
                Scorer = plan.Scorer,
                Probe = plan.InsideProbe,
                OthersAreControls = each,
                Edits =
                [
                    .. members.Select(member => new SweepEdit
                    {
                        Name = member.Edited.Name,
                        Layers = member.Layers,
                        Strength = member.Strength,
                        SameStrength = each ? [] : [.. member.Controls.Select(control => control.At(1).Name)],
                        EqualDamage = before?.Edits.FirstOrDefault(edit => edit.Name == member.Edited.Name)?.EqualDamage ?? [],
                    }),
                ],
            };
            DerivedRuns.WriteSweep(plan.Run, sweep);
            return sweep;
        }

        // Null where it failed.
        private async Task<RunFolder?> EditAsync(EditedRun edited, bool perplexities)
        {
            var (derived, encoded) = _stage.Run(edited, perplexities, cancellationToken);
            _failed.AddRange(encoded.Failed);
            _stages.ReportFailures([encoded]);
            if (encoded.Failed.Count > 0)
            {
                return null;
            }

            var scored = await _stages.ScoreAsync(derived, plan.Manifest.Measurement.Scorers, _request.Shard).ConfigureAwait(false);
            _failed.AddRange(scored.Failed);
            _stages.ReportFailures([scored]);
            return scored.Failed.Count > 0 ? null : derived;
        }

        // What is left to be read after the edit, by the run's probe and options, of the attribute alone.
        private void ProbeAnew(RunFolder derived)
        {
            var measured = plan.Manifest.Measurement;
            if (
                plan.InsideProbe is not { } folder
                || measured.Probes.Where(probe => folder.StartsWith(probe, StringComparison.Ordinal)).MaxBy(probe => probe.Length) is not { } name)
            {
                return;
            }

            var scorer = measured.Scorers.FirstOrDefault(asked => ScorerSource.NameOf(asked) == plan.Scorer) ?? plan.Scorer;
            var asked = measured with { Probes = [name], Scorers = [scorer], Attributes = [plan.Attribute], Controls = [], OnlineCoding = false };
            var probed = _stages.Probe(derived, asked, Shard.All, _request.Threads);
            _failed.AddRange(probed.Failed);
            _stages.ReportFailures([probed]);
        }

        private IEnumerable<SweepMember> Largest(IReadOnlyList<SweepMember> members)
        {
            var largest = InterventionAnalysis.Largest(plan.Run, plan.Name, cancellationToken);
            return members.Where(member => member.Edited.Name == largest);
        }

        private async Task<InterventionSweep> EqualDamageAsync(InterventionSweep sweep, SweepMember member)
        {
            using var own = new Intervention(inputs.Model, member.Edited.Edits);
            var known = sweep.Edits.First(edit => edit.Name == member.Edited.Name).EqualDamage.ToDictionary(control => control.Control);
            var target = known.Values.FirstOrDefault()?.Target ?? _stage.Damage.MeanDivergence(own, cancellationToken);
            if (!double.IsFinite(target) || target <= 0)
            {
                machine.Log.Say($"{member.Edited.Name}: no controls of equal damage, for its KL is {target}");
                return sweep;
            }

            foreach (var control in member.Controls)
            {
                if (!known.TryGetValue(control.Name, out var found))
                {
                    found = Search(control, target);
                    known.Add(control.Name, found);
                    sweep = sweep with
                    {
                        Edits =
                        [
                            .. sweep.Edits.Select(edit => edit.Name == member.Edited.Name
                                ? edit with { EqualDamage = [.. edit.EqualDamage, found] }
                                : edit),
                        ],
                    };
                    DerivedRuns.WriteSweep(plan.Run, sweep);
                }

                if (found.Strength is { } multiple)
                {
                    machine.Log.Say(FormattableString.Invariant(
                        $"as much damage as {member.Edited.Name} (KL {target:0.####}): {found.Name}, KL {found.Divergence:0.####}"));
                    await EditAsync(control.At(multiple), perplexities: false).ConfigureAwait(false);
                }
                else
                {
                    machine.Log.Say($"as much damage as {member.Edited.Name}: none of {control.Name}, {found.Reason}");
                }
            }

            return sweep;
        }

        private EqualDamageControl Search(SweepControl control, double target)
        {
            var most = _request.Bypass is not null ? MostOfABypass : 256;
            var (strength, damage, reason) = EqualDamageSearch.Find(
                multiple =>
                {
                    using var edits = new Intervention(inputs.Model, control.At(multiple).Edits);
                    return _stage.Damage.MeanDivergence(edits, cancellationToken);
                },
                target,
                most);
            return new EqualDamageControl
            {
                Control = control.Name,
                Name = strength is { } multiple ? control.At(multiple).Name : null,
                Strength = strength,
                Divergence = damage,
                Target = target,
                Reason = reason,
            };
        }

        private InterventionOutcome Outcome(InterventionSweep sweep) =>
            new() { Run = plan.Run, Sweep = sweep, Failed = _failed, Findings = Report(plan.Run, cancellationToken) };
    }
}
