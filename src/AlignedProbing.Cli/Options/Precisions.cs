using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Cli.Options;

/// <summary>What the values of <c>--precision</c> mean.</summary>
internal static class Precisions
{
    /// <summary>The precision of a name that the option has let pass.</summary>
    public static WeightPrecision Of(string name) => name switch
    {
        "bf16" => WeightPrecision.BFloat16,
        "half" => WeightPrecision.Half,
        "eight_bit" => WeightPrecision.EightBit,
        "four_bit" => WeightPrecision.FourBit,
        _ => WeightPrecision.Full,
    };
}
