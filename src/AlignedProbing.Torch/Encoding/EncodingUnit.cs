using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Who made a chunk of encodings, with what and in what time: <c>unit.json</c>. Nothing of it changes the results.</summary>
public sealed record EncodingUnit
{
    /// <summary>The machine's name.</summary>
    public required string Machine { get; init; }

    /// <summary>Operating system.</summary>
    public required string System { get; init; }

    /// <summary>Version of this program.</summary>
    public required string Version { get; init; }

    /// <summary>Version of the runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>Version of libtorch's wrapper.</summary>
    public required string TorchSharp { get; init; }

    /// <summary>Instruction sets that decide how fast the processor computes.</summary>
    public required string InstructionSet { get; init; }

    /// <summary>The device: cpu, cuda:0.</summary>
    public required string Device { get; init; }

    /// <summary>Threads of the tensor library.</summary>
    public required int Threads { get; init; }

    /// <summary>Prompts in a batch as asked for; null: chosen by length.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Prompts in the chunk.</summary>
    public required int Prompts { get; init; }

    /// <summary>Tokens sampled.</summary>
    public required long GeneratedTokens { get; init; }

    /// <summary>Seconds from the first pass to the last.</summary>
    public required double Seconds { get; init; }

    /// <summary>When it was done, UTC.</summary>
    public required string Finished { get; init; }

    /// <summary>The machine as it is, around what a chunk gave.</summary>
    internal static EncodingUnit Of(EncodedChunk chunk, string device, int? batchSize, double seconds, TimeProvider time) => new()
    {
        Machine = Environment.MachineName,
        System = RuntimeInformation.OSDescription,
        Version = VersionOf(typeof(EncodingUnit)),
        Runtime = RuntimeInformation.FrameworkDescription,
        TorchSharp = VersionOf(typeof(global::TorchSharp.torch)),
        InstructionSet = InstructionSets(),
        Device = device,
        Threads = global::TorchSharp.torch.get_num_threads(),
        BatchSize = batchSize,
        Prompts = chunk.Rows.Count,
        GeneratedTokens = chunk.GeneratedTokens,
        Seconds = Math.Round(seconds, 3),
        Finished = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private static string InstructionSets()
    {
        var sets = new List<string> { RuntimeInformation.ProcessArchitecture.ToString() };
        if (Avx2.IsSupported)
        {
            sets.Add("AVX2");
        }

        if (Avx512F.IsSupported)
        {
            sets.Add("AVX512");
        }

        // CPUID leaf 7, subleaf 1, EAX bit 5; leaf 7, EDX bit 24.
        if (X86Base.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0)
        {
            sets.Add("AVX512-BF16");
        }

        if (X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 24)) != 0)
        {
            sets.Add("AMX-TILE");
        }

        return string.Join(" ", sets);
    }
}
