namespace AlignedProbing.Torch.Weights;

/// <summary>What the weights of linear layers are rounded to.</summary>
public enum WeightPrecision
{
    /// <summary>float32.</summary>
    Full,

    /// <summary>
    /// bfloat16. Inputs and outputs of a layer are rounded to it as well where the processor multiplies it fast (AVX512-BF16, AMX) and on GPUs; elsewhere the
    /// layer computes in float32.
    /// </summary>
    BFloat16,

    /// <summary>float16. On CPUs, which are slow at it, layers compute in float32 with the rounded weights.</summary>
    Half,

    /// <summary>int8 with a scale for each output; computed in float32. Source: Dettmers et al. 2022, "LLM.int8()", without its quantised inputs.</summary>
    EightBit,

    /// <summary>NF4 in blocks of 64 with double quantization; computed in float32. Source: Dettmers et al. 2023, "QLoRA".</summary>
    FourBit,
}
