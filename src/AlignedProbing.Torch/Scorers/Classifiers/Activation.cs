namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>What turns a classifier's logits into scores.</summary>
public enum Activation
{
    /// <summary>1 / (1 + exp(-x)) of each logit: labels that do not exclude each other.</summary>
    Sigmoid,

    /// <summary>exp(x) over the sum of all: labels of which one applies.</summary>
    Softmax,

    /// <summary>Nothing: the head was trained to give the score itself.</summary>
    None,
}
