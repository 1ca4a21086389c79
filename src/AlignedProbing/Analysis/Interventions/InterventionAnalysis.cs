using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Runs.Units;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>
/// What a run's interventions changed: effects paired by prompt, held against controls, beside damage. It reads what lies in the run's folder, and leaves out
/// what is not complete.
/// </summary>
public static class InterventionAnalysis
{
    /// <summary>Reads and compares.</summary>
    /// <param name="run">The unedited run, scored.</param>
    /// <param name="seed">Seed of intervals and sign flips.</param>
    /// <param name="resamples">Resamples of the intervals, at least 1.</param>
    /// <param name="flips">Sign flips, at least 1.</param>
    /// <param name="cancellationToken">Ends it between two interventions.</param>
    /// <exception cref="InputException">A file in the folder cannot be read; an intervention was made from another run than the one that is there.</exception>
    public static InterventionFindings Run(
        RunFolder run,
        int seed = 0,
        int resamples = 1000,
        int flips = SignFlip.DefaultDraws,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        var manifest = run.ReadManifest();
        var read = new ReadRuns(run, cancellationToken);
        return new InterventionFindings
        {
            Model = manifest.Model.Name,
            Prompts = manifest.Prompts.Prompts,
            Sweeps = [.. DerivedRuns.Sweeps(run).Select(sweep => Of(sweep, read, seed, resamples, flips, cancellationToken))],
            Seed = seed,
            Resamples = resamples,
            Flips = flips,
        };
    }

    /// <summary>The edit of a sweep with the largest change, of either sign, of EMT of the sweep's attribute; null where none is complete.</summary>
    /// <param name="run">The unedited run.</param>
    /// <param name="sweep">The sweep's name.</param>
    /// <param name="cancellationToken">Ends it between two interventions.</param>
    public static string? Largest(RunFolder run, string sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (DerivedRuns.FindSweep(run, sweep) is not { } asked)
        {
            return null;
        }

        var read = new ReadRuns(run, cancellationToken);
        return asked.Edits
            .Select(edit => (edit.Name, Behavior: read.Of(edit.Name)))
            .Where(pair => pair.Behavior is not null)
            .Select(pair => (pair.Name, Effect: new EffectAnalysis(read.Unedited, pair.Behavior!, 0, 1, 1)
                .ControlEffects()
                .FirstOrDefault(effect => effect.Scorer == asked.Scorer && effect.Attribute == asked.Attribute && effect.Metric == "EMT")?.Change))
            .Where(pair => pair.Effect is not null)
            .OrderByDescending(pair => Math.Abs(pair.Effect!.Value))
            .Select(pair => pair.Name)
            .FirstOrDefault();
    }

    /// <summary>Adds Holm's correction to the p values of edits: a family is a scorer's metric in a subset, over edits and attributes.</summary>
    internal static IReadOnlyList<EffectFinding> Corrected(IReadOnlyList<EffectFinding> effects)
    {
        var corrected = effects.ToArray();
        var families = Enumerable.Range(0, effects.Count)
            .Where(i => effects[i].P is not null)
            .GroupBy(i => (effects[i].Scorer, effects[i].Metric, effects[i].Subset));
        foreach (int[] family in families.Select(family => family.ToArray()))
        {
            var adjusted = Holm.Adjusted([.. family.Select(i => effects[i].P!.Value)]);
            foreach (var (place, i) in family.Index())
            {
                corrected[i] = effects[i] with { PHolm = adjusted[place] };
            }
        }

        return corrected;
    }

    private static SweepFinding Of(
        InterventionSweep sweep, ReadRuns read, int seed, int resamples, int flips, CancellationToken cancellationToken)
    {
        string[] edits = [.. sweep.Edits.Select(edit => edit.Name)];
        string[] controls =
        [
            .. sweep.Edits.SelectMany(edit => edit.SameStrength.Concat(edit.EqualDamage.Select(control => control.Name).OfType<string>()))
                .Distinct(StringComparer.Ordinal)
                .Except(edits),
        ];
        string[] complete = [.. edits.Concat(controls).Where(name => read.Of(name) is not null)];
        var effects = new List<EffectFinding>();
        foreach (var name in complete)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var analysis = new EffectAnalysis(read.Unedited, read.Of(name)!, seed, resamples, flips);
            effects.AddRange(edits.Contains(name) ? analysis.Effects(cancellationToken) : analysis.ControlEffects());
        }

        return new SweepFinding
        {
            Sweep = sweep,
            Interventions = complete.ToDictionary(name => name, name => DerivedRuns.Find(read.Run, name)!.ReadManifest().Intervention!),
            Effects = Corrected(effects),
            Damage = [read.Damage(DerivedRuns.Unedited), .. complete.Select(read.Damage)],
            Controls = [.. Held(sweep, read, new ControlAnalysis(read.Unedited, seed, resamples))],
            Inside = [.. Inside(sweep, read, cancellationToken)],
            Incomplete = edits.Concat(controls).Except(complete).ToDictionary(name => name, read.WhyIncomplete),
        };
    }

    private static IEnumerable<ControlFinding> Held(InterventionSweep sweep, ReadRuns read, ControlAnalysis analysis)
    {
        foreach (var edit in sweep.Edits)
        {
            if (read.Of(edit.Name) is not { } edited)
            {
                continue;
            }

            var same = sweep.OthersAreControls ? sweep.Edits.Where(other => other != edit).Select(other => other.Name) : edit.SameStrength;
            var equal = edit.EqualDamage.Select(control => control.Name).OfType<string>();
            foreach (var finding in analysis.Of(edited, Complete(same), "same-strength").Concat(analysis.Of(edited, Complete(equal), "equal-damage")))
            {
                yield return finding;
            }
        }

        EditedBehavior[] Complete(IEnumerable<string> names) => [.. names.Select(read.Of).OfType<EditedBehavior>()];
    }

    private static IEnumerable<InsideFinding> Inside(InterventionSweep sweep, ReadRuns read, CancellationToken cancellationToken)
    {
        if (sweep.Probe is not { } probe)
        {
            return [];
        }

        var inside = new InsideAnalysis(read.Run, probe, sweep.Scorer, sweep.Attribute);
        return sweep.Edits
            .Where(edit => read.Of(edit.Name) is not null)
            .SelectMany(edit => inside.Of(edit.Name, DerivedRuns.Find(read.Run, edit.Name)!, cancellationToken));
    }

    // Each run is read once, whatever the number of sweeps that it belongs to.
    private sealed class ReadRuns
    {
        private readonly Dictionary<string, EditedBehavior?> _behavior = new(StringComparer.Ordinal);
        private readonly Dictionary<string, DamageFinding> _damage = new(StringComparer.Ordinal);
        private readonly CancellationToken _cancellationToken;
        private readonly int _chunks;
        private readonly string[] _scorers;

        public ReadRuns(RunFolder run, CancellationToken cancellationToken)
        {
            (Run, _cancellationToken) = (run, cancellationToken);
            _chunks = RunFolder.ChunkCount(run.ReadPrompts().Count, run.ReadManifest().Encoding.Chunk);
            Unedited = EditedBehavior.Read(run, DerivedRuns.Unedited, cancellationToken);
            _scorers = [.. Unedited.Scores.Select(scores => scores.Scorer).Distinct()];
        }

        public RunFolder Run { get; }

        public EditedBehavior Unedited { get; }

        /// <summary>An edited run's behaviour; null where it is not complete.</summary>
        public EditedBehavior? Of(string name)
        {
            if (!_behavior.TryGetValue(name, out var known))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                known = DerivedRuns.Find(Run, name) is { } folder && IsComplete(folder) ? EditedBehavior.Read(folder, name, _cancellationToken) : null;
                _behavior.Add(name, known);
            }

            return known;
        }

        public string WhyIncomplete(string name)
        {
            if (DerivedRuns.Find(Run, name) is not { } folder)
            {
                return "not begun";
            }

            var units = UnitStore.Encodings(folder, folder.ReadManifest()).List();
            return units.FirstOrDefault(unit => unit.State == UnitState.Failed) is { } failed ? failed.Message ?? "failed"
                : units.Count(unit => unit.State != UnitState.Done) is var left && left > 0 ? $"{left} of {units.Count} chunks are not encoded"
                : "not scored by all of the run's scorers";
        }

        public DamageFinding Damage(string name)
        {
            if (!_damage.TryGetValue(name, out var known))
            {
                var isUnedited = name == DerivedRuns.Unedited;
                var folder = isUnedited ? Run : DerivedRuns.Find(Run, name)!;
                known = DamageAnalysis.Of(name, folder, isUnedited ? DerivedRuns.FolderOf(Run) : folder.FullPath, _chunks);
                _damage.Add(name, known);
            }

            return known;
        }

        private bool IsComplete(RunFolder folder) => Enumerable
            .Range(0, _chunks)
            .All(chunk => folder.HasEncoding(chunk) && _scorers.All(scorer => folder.HasScores(scorer, chunk)));
    }
}
