using AlignedProbing.Torch.Checkpoints;

namespace AlignedProbing.Torch.Weights;

/// <summary>How a checkpoint holds the weights of its linear layers in few bits.</summary>
internal interface IWeightFormat
{
    /// <summary>What it is, for reports and manifests: <c>gptq int4, groups of 128</c>.</summary>
    string Name { get; }

    /// <summary>The precision that asks for the same of a checkpoint that is not quantised; null where there is none.</summary>
    WeightPrecision? Precision => null;

    /// <summary>Reads a weight; null where the checkpoint holds it as plain numbers.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">The layer, without <c>.weight</c>.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>: its parts do not fit each other.</exception>
    QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns);

    /// <summary>Reads one expert's weight where those of all experts are one tensor; null where the checkpoint holds it as plain numbers.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">The weights of all experts: <c>model.layers.0.mlp.experts.down_proj</c>.</param>
    /// <param name="expert">Which, from 0.</param>
    /// <param name="experts">How many there are.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>: its parts do not fit each other.</exception>
    QuantisedWeight? FindExpert(Checkpoint checkpoint, string name, int expert, int experts, int rows, int columns) => null;

    /// <summary>Number of weights that a tensor of the checkpoint stands for; 0 for what only says how others are read, such as scales.</summary>
    long Parameters(Checkpoint checkpoint, StoredTensor tensor);
}
