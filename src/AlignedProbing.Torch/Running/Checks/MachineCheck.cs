using AlignedProbing.Files;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Hub;
using AlignedProbing.Runs.Tracking;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Running.Clusters;
using TorchSharp;

namespace AlignedProbing.Torch.Running.Checks;

/// <summary>
/// Looks at what a run needs of a machine, one line for each thing, with its remedy. Only a trial of the run folder writes, and it cleans up.
/// </summary>
/// <param name="machine">The machine.</param>
public sealed class MachineCheck(RunMachine machine)
{
    /// <summary>Looks at everything.</summary>
    /// <param name="folder">The run folder, or the folder that runs go to.</param>
    /// <param name="variables">What is named in <c>.env</c>; null where there is no such file.</param>
    /// <param name="cancellationToken">Ends the waiting for the network and for other programs.</param>
    public async Task<IReadOnlyList<CheckLine>> RunAsync(string folder, IReadOnlyList<string>? variables, CancellationToken cancellationToken) =>
    [
        Runtime(),
        Library(),
        Processor(),
        await DevicesAsync(cancellationToken).ConfigureAwait(false),
        .. await HubAsync(cancellationToken).ConfigureAwait(false),
        .. VariableCheck.Of(variables, machine),
        .. FolderCheck.Of(folder, machine),
        await RedisAsync().ConfigureAwait(false),
        await SlurmAsync(cancellationToken).ConfigureAwait(false),
    ];

    private static CheckLine Runtime() => new(
        "program",
        CheckState.Ok,
        $"{typeof(MachineCheck).Assembly.GetName().Version?.ToString(3)}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, " +
        $"{Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)} cores, {ByteText.Of(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} of memory");

    private static CheckLine Library()
    {
        try
        {
            TorchRuntime.EnsureLoaded();
            return new CheckLine("libtorch", CheckState.Ok, $"{torch.__version__}, {torch.get_num_threads().ToString(CultureInfo.InvariantCulture)} threads");
        }
        catch (InputException error)
        {
            return new CheckLine("libtorch", CheckState.Fails, error.Found, error.Remedy);
        }
    }

    private static CheckLine Processor()
    {
        var sets = string.Join(", ", new[]
        {
            Avx2.IsSupported ? "AVX2" : null,
            Avx512F.IsSupported ? "AVX-512" : null,
            Weights.Processor.HasFastBFloat16 ? "AVX512-BF16" : null,
        }.OfType<string>());
        var name = RuntimeInformation.ProcessArchitecture.ToString();
        return !Avx2.IsSupported
            ? new CheckLine("processor", CheckState.Note, $"{name} without AVX2: encoding is several times slower", "Use a processor with AVX2 or a GPU")
            : Weights.Processor.HasFastBFloat16
                ? new CheckLine("processor", CheckState.Ok, $"{name}, {sets}: --precision bf16 is faster than full")
                : new CheckLine("processor", CheckState.Note, $"{name}, {sets}: --precision bf16 saves memory and no time, its products are float32");
    }

    private static async Task<CheckLine> DevicesAsync(CancellationToken cancellationToken)
    {
        var driver = await ProgramCall
            .RunAsync("nvidia-smi", ["--query-gpu=index,name,memory.total,memory.free", "--format=csv,noheader"], cancellationToken)
            .ConfigureAwait(false);
        var count = 0;
        try
        {
            TorchRuntime.EnsureLoaded();
            count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
        catch (InputException)
        {
            // The line of libtorch tells of it.
        }

        var cards = driver is { Code: 0 } ? driver.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
        return (cards.Length, count) switch
        {
            (0, 0) => new CheckLine("GPU", CheckState.Note, "none: models run on the processor"),
            (_, 0) => new CheckLine(
                "GPU",
                CheckState.Note,
                $"{string.Join("; ", cards)}; the libtorch beside the program does not use it",
                "Install the package libtorch-cuda-12.8 in the place of libtorch-cpu (docs/reference/platforms.md)"),
            _ => new CheckLine("GPU", CheckState.Ok, cards.Length > 0 ? string.Join("; ", cards) : $"{count.ToString(CultureInfo.InvariantCulture)} with CUDA"),
        };
    }

    private async Task<IReadOnlyList<CheckLine>> HubAsync(CancellationToken cancellationToken)
    {
        HubOptions options;
        try
        {
            options = HubOptions.FromEnvironment(machine.Variable);
        }
        catch (InputException error)
        {
            return [new CheckLine("Hub", CheckState.Fails, $"{error.Asked}: {error.Found}", error.Remedy)];
        }

        var cache = FolderCheck.Cache("Hub cache", options.CacheFolder);
        if (options.Offline)
        {
            return [new CheckLine("Hub", CheckState.Note, "HF_HUB_OFFLINE is set: models come from the cache alone", "Unset it to download models"), cache];
        }

        var answer = await HubAnswer.AskAsync(options, cancellationToken).ConfigureAwait(false);
        var hub = answer.Fault is { } fault
            ? new CheckLine(
                "Hub",
                CheckState.Note,
                $"{options.Endpoint.Host} cannot be asked: {fault}",
                "Models in folders and in the cache work; for others check the network, HTTPS_PROXY and HF_ENDPOINT, or fetch them on another machine")
            : new CheckLine("Hub", CheckState.Ok, $"{options.Endpoint.Host} answers");
        var token = (options.Token, answer) switch
        {
            (null, _) => new CheckLine(
                "Hub token",
                CheckState.Note,
                "none: models that ask for a licence are not given",
                "Set HF_TOKEN, or run 'hf auth login'"),
            (_, { Fault: not null }) => new CheckLine("Hub token", CheckState.Note, "there is one; whether it is valid cannot be asked"),
            (_, { TokenIsValid: true }) => new CheckLine("Hub token", CheckState.Ok, "valid"),
            _ => new CheckLine("Hub token", CheckState.Fails, "the Hub does not take it", "Make a new one on the Hub's page of settings, and set HF_TOKEN"),
        };
        return [hub, token, cache];
    }

    private async Task<CheckLine> RedisAsync()
    {
        RedisOptions? options;
        try
        {
            options = RedisOptions.From(machine.Variable);
        }
        catch (InputException error)
        {
            return new CheckLine("Redis", CheckState.Fails, $"{error.Asked}: {error.Found}", error.Remedy);
        }

        if (options is null)
        {
            return new CheckLine("Redis", CheckState.Note, "none is named, and none is needed", "For --claim set REDIS_SERVER (docs/guide/tracking.md)");
        }

        var (version, milliseconds, fault) = await RedisTrial.AskAsync(options).ConfigureAwait(false);
        return fault is null
            ? new CheckLine(
                "Redis",
                CheckState.Ok,
                string.Create(CultureInfo.InvariantCulture, $"{options}: version {version}, answers in {milliseconds:0.0} ms"))
            : new CheckLine(
                "Redis",
                CheckState.Fails,
                $"{options}: {fault}",
                "Check REDIS_SERVER, REDIS_PORT, REDIS_PASSWORD and REDIS_TLS, or unset REDIS_SERVER: runs end with the same files without it");
    }

    private static async Task<CheckLine> SlurmAsync(CancellationToken cancellationToken)
    {
        var version = await ProgramCall.RunAsync("sbatch", ["--version"], cancellationToken).ConfigureAwait(false);
        if (version is null)
        {
            return new CheckLine("Slurm", CheckState.Note, "no sbatch here", "'submit --to slurm' works on a cluster's login node");
        }

        var partitions = await ProgramCall.RunAsync("sinfo", ["-h", "-o", "%P %a, %D nodes, at most %l"], cancellationToken).ConfigureAwait(false);
        return partitions is { Code: 0 }
            ? new CheckLine("Slurm", CheckState.Ok, $"{version.Output}: {string.Join("; ", partitions.Output.Split('\n').Distinct())}")
            : new CheckLine(
                "Slurm",
                CheckState.Note,
                $"sbatch is installed, and no controller answers: {partitions?.Words}",
                "On a cluster ask whoever runs it; elsewhere nothing needs it");
    }
}
