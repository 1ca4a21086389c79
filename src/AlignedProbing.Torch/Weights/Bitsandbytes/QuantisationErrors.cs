namespace AlignedProbing.Torch.Weights.Bitsandbytes;

/// <summary>What can be wrong with weights that are to be held in few bits, worded in one place.</summary>
internal static class QuantisationErrors
{
    public static InputException NotFinite() => new(
        "weights-not-finite",
        "quantising the model's weights",
        "a weight is NaN, infinite or (eight_bit) beyond what float16 holds, 65504",
        "Download the model again and compare its hash; or run it with --precision full, which shows whether its states are numbers at all");
}
