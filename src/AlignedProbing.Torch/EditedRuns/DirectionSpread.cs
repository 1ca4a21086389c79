using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>How far a model's states are spread along directions: the standard deviation of h . u over prompts' tokens after a block, unedited.</summary>
public static class DirectionSpread
{
    private const int SequencesAtATime = 64;

    /// <summary>Measures it, in one pass over the prompts.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="prompts">Token ids of each prompt.</param>
    /// <param name="directions">The directions.</param>
    /// <param name="layers">The layers, from 1 to the number of blocks.</param>
    /// <param name="withoutFirst">Whether each prompt's first token is left out: a sink there may be a thousand times larger than all others.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    /// <returns>For each direction one standard deviation by layer, in units of the stream.</returns>
    /// <exception cref="InputException"><c>intervention</c>: a layer is not there, a direction has another width, or states are not finite.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<int, double>> Of(
        CausalModel model,
        IReadOnlyList<int[]> prompts,
        IReadOnlyList<EditDirection> directions,
        IReadOnlyList<int> layers,
        bool withoutFirst,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(directions);
        ArgumentNullException.ThrowIfNull(layers);
        Intervention.Check(model.Sizes, [.. directions.Select(direction => new Ablate(direction) { Layers = layers })]);
        var reader = new Reader(directions, layers, withoutFirst);
        var engine = new TokenEngine(model, new TokenEngineOptions { Editor = reader });
        foreach (var batch in prompts.Where(ids => ids.Length > 0 && ids.Length <= model.Sizes.Context).Chunk(SequencesAtATime))
        {
            engine.Run([.. batch.Select(ids => new TokenSequence(ids, []))], null, cancellationToken);
        }

        return reader.Deviations();
    }

    private sealed class Reader(IReadOnlyList<EditDirection> directions, IReadOnlyList<int> layers, bool withoutFirst) : ISiteEditor
    {
        private readonly Dictionary<int, Moments[]> _moments = layers.ToDictionary(layer => layer, _ => new Moments[directions.Count]);

        public void At(Site site, torch.Tensor value, TokenBatch batch)
        {
            if (site.Kind != SiteKind.BlockOutput || !_moments.TryGetValue(site.Block + 1, out var moments))
            {
                return;
            }

            using var scope = torch.NewDisposeScope();
            var values = TensorMemory.Span<float>(DeviceCopies.ToHost(value));
            var width = (int)value.size(1);
            for (var row = 0; row < batch.Tokens; row++)
            {
                for (var i = 0; i < moments.Length && (!withoutFirst || batch.Positions[row] > 0); i++)
                {
                    moments[i].Add(directions[i].Along(values.Slice(row * width, width)));
                }
            }
        }

        public IReadOnlyList<IReadOnlyDictionary<int, double>> Deviations() =>
            [.. directions.Index().Select(direction => _moments.ToDictionary(pair => pair.Key, pair => Finite(pair.Key, pair.Value[direction.Index])))];

        private static double Finite(int layer, Moments moments) =>
            double.IsFinite(moments.Deviation)
                ? moments.Deviation
                : throw new InputException(
                    "intervention", "measuring the spread along a direction", $"states at layer {layer} are not finite", "Take another precision");
    }

    // Welford's way: no large numbers are subtracted.
    private struct Moments
    {
        private long _count;
        private double _mean;
        private double _squares;

        public readonly double Deviation => Math.Sqrt(_squares / Math.Max(1, _count));

        public void Add(double value)
        {
            _count++;
            var apart = value - _mean;
            _mean += apart / _count;
            _squares += apart * (value - _mean);
        }
    }
}
