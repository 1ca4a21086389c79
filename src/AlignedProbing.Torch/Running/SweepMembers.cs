using AlignedProbing.Numerics;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Torch.EditedRuns;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Running;

/// <summary>The edits of a plan with their controls.</summary>
internal static class SweepMembers
{
    // Room for digits in names and manifests.
    private const int Digits = 6;

    /// <summary>Makes them.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="model">The run's model: spreads along directions are measured on it.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    public static IReadOnlyList<SweepMember> Of(InterventionPlan plan, CausalModel model, CancellationToken cancellationToken)
    {
        if (plan.Direction is not { } direction)
        {
            return Bypasses(plan);
        }

        var request = plan.Request;
        NamedDirection[] random = [.. Enumerable.Range(1, request.Controls).Select(i => DirectionSource.Random(model.Sizes.Width, request.ControlSeed + i))];
        return request.Ablate is not null
            ?
            [
                new SweepMember(
                    EditedRun.OfAblation(direction, plan.Layers, request.Positions),
                    plan.Layers,
                    null,
                    [
                        .. random.Select(control => new SweepControl(
                            control.ShortName, strength => EditedRun.OfAblation(control, plan.Layers, request.Positions, strength))),
                    ]),
            ]
            : Steered(plan, direction, random, model, cancellationToken);
    }

    private static IReadOnlyList<SweepMember> Steered(
        InterventionPlan plan, NamedDirection direction, NamedDirection[] random, CausalModel model, CancellationToken cancellationToken)
    {
        var request = plan.Request;
        int[] layers = [.. plan.Layers ?? [.. Enumerable.Range(1, plan.Blocks)]];
        var spreads = Spreads(plan, [direction, .. random], layers, model, cancellationToken);
        return
        [
            .. request.By.Select(strength => new SweepMember(
                EditedRun.OfSteering(direction, spreads[0], strength, request.Positions),
                plan.Layers,
                strength,
                strength == 0 ? []
                    :
                    [
                        .. random.Index().Select(control => new SweepControl(
                            control.Item.ShortName,
                            multiple => EditedRun.OfSteering(
                                control.Item, spreads[control.Index + 1], Math.Round(strength * multiple, Digits), request.Positions))),
                    ])),
        ];
    }

    // What was measured before is taken from the manifests: on a GPU a second measurement may differ in the last digit.
    private static IReadOnlyList<IReadOnlyDictionary<int, double>> Spreads(
        InterventionPlan plan, NamedDirection[] directions, int[] layers, CausalModel model, CancellationToken cancellationToken)
    {
        var known = directions.Select(direction => plan.Request.By
            .Select(strength => DerivedRuns.Find(plan.Run, EditedRun.SteeringName(direction, layers, strength, plan.Request.Positions)))
            .Select(derived => derived?.ReadManifest().Intervention?.Edits[0])
            .FirstOrDefault(edit => edit?.DirectionSha256 == direction.Direction.Sha256 && edit.StandardDeviations?.Count == layers.Length)).ToArray();
        int[] unknown = [.. Enumerable.Range(0, directions.Length).Where(i => known[i] is null)];
        var measured = unknown.Length == 0 ? []
            : DirectionSpread.Of(
                model,
                PromptIds(plan),
                [.. unknown.Select(i => directions[i].Direction)],
                layers,
                plan.Request.SpreadWithoutFirst,
                cancellationToken);
        return
        [
            .. directions.Select((_, i) => known[i] is { } edit
                ? layers.Zip(edit.StandardDeviations!).ToDictionary(pair => pair.First, pair => pair.Second)
                : measured[Array.IndexOf(unknown, i)]),
        ];
    }

    private static IReadOnlyList<int[]> PromptIds(InterventionPlan plan) =>
    [
        .. Enumerable.Range(0, RunFolder.ChunkCount(plan.Manifest.Prompts.Prompts, plan.Manifest.Encoding.Chunk))
            .SelectMany(plan.Run.ReadEncodedPrompts)
            .Select(row => row.TokenIds.ToArray()),
    ];

    private static IReadOnlyList<SweepMember> Bypasses(InterventionPlan plan)
    {
        var request = plan.Request;
        return
        [
            .. plan.Bypassed.Select(layers => new SweepMember(
                EditedRun.OfBypass(layers, request.Damp, request.Positions),
                layers,
                null,
                request.Damp == 1 ? [] : [.. Others(plan, layers).Select(Control)])),
        ];

        SweepControl Control(IReadOnlyList<int> layers) => new(
            EditedRun.LayersText(layers), multiple => EditedRun.OfBypass(layers, Math.Round(1 - (multiple * (1 - request.Damp)), Digits), request.Positions));
    }

    /// <summary>Other layers, as many together: those of the sweep where it has enough, else any.</summary>
    private static IEnumerable<IReadOnlyList<int>> Others(InterventionPlan plan, IReadOnlyList<int> own)
    {
        var pool = Enumerable.Range(1, plan.Blocks).Except(own).ToArray();
        if (own.Count == 1)
        {
            var swept = plan.Bypassed.SelectMany(layers => layers).Except(own).ToArray();
            pool = swept.Length >= plan.Request.Controls ? swept : pool;
        }

        if (pool.Length < own.Count)
        {
            return [];
        }

        if (own.Count == 1)
        {
            return [.. Shuffled(pool, plan.Request.ControlSeed, 0).Take(plan.Request.Controls).Order().Select(layer => (IReadOnlyList<int>)[layer])];
        }

        // Sets drawn one after another; those drawn twice count once.
        return
        [
            .. Enumerable
                .Range(0, plan.Request.Controls * 4)
                .Select(number => (IReadOnlyList<int>)[.. Shuffled(pool, plan.Request.ControlSeed, number).Take(own.Count).Order()])
                .DistinctBy(layers => EditedRun.LayersText(layers))
                .Take(plan.Request.Controls),
        ];
    }

    private static IEnumerable<int> Shuffled(int[] layers, int seed, int number)
    {
        var stream = RandomStream.For(seed, "other layers", "", number);
        return layers.OrderBy(layer => stream.Uniform(layer));
    }
}
