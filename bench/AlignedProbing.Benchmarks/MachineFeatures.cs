using System.Globalization;
using System.Runtime.InteropServices;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>What figures depend on: the processor, its vectors, threads, memory and versions.</summary>
internal static class MachineFeatures
{
    /// <summary>One line.</summary>
    public static string Describe()
    {
        TorchRuntime.EnsureLoaded();
        var name = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim()
            : null;
        var vectors =
            Processor.HasFastBFloat16 ? "AVX-512, AVX512-BF16"
            : System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? "AVX-512"
            : $"vectors of {System.Numerics.Vector<byte>.Count * 8} bits";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name ?? RuntimeInformation.ProcessArchitecture.ToString()}, {vectors}, {Environment.ProcessorCount} processors, {torch.get_num_threads()} " +
            $"threads, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB, {RuntimeInformation.OSDescription}, " +
            $"{RuntimeInformation.FrameworkDescription}, TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}");
    }
}
