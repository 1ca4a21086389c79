using System.Runtime.Intrinsics.X86;

namespace AlignedProbing.Torch.Weights;

/// <summary>What the processor can do that decides how layers compute.</summary>
public static class Processor
{
    private const int BFloat16Bit = 5;

    /// <summary>
    /// Whether matrix products in bfloat16 are faster than in float32: AVX512-BF16, which every processor with AMX has too. Asked of the processor and not
    /// timed, so that the same machine always computes the same.
    /// </summary>
    public static bool HasFastBFloat16 { get; } =
        Avx512F.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= 1 && ((X86Base.CpuId(7, 1).Eax >> BFloat16Bit) & 1) == 1;
}
