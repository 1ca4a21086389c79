using System.Runtime.InteropServices;
using TorchSharp;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// Loads libtorch. On Linux systems whose C++ library is older than GCC 13 (Debian 12, Ubuntu 22.04) TorchSharp's native half does not load as shipped; a
/// corrected copy is loaded then, before anything else asks for it.
/// </summary>
public static class TorchRuntime
{
    private const string Asked = "loading the tensor library libtorch";

    // In the order in which they need each other.
    private static readonly string[] Libraries = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private const string Bridge = "libLibTorchSharp.so";

    private static readonly Lazy<InputException?> Problem = new(Load);

    /// <summary>
    /// Makes tensors usable. To be called before the first use of TorchSharp; opening a checkpoint, loading a model and making a linear layer do so themselves.
    /// Cheap after the first time.
    /// </summary>
    /// <exception cref="InputException"><c>torch-missing</c>: its files are not there; <c>torch-unloadable</c>: they are, and this system cannot load
    /// them.</exception>
    public static void EnsureLoaded()
    {
        if (Problem.Value is { } problem)
        {
            throw new InputException(problem.Code, problem.Asked, problem.Found, problem.Remedy, problem.InnerException);
        }
    }

    /// <summary>The device of a name, if it can be used.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</param>
    /// <exception cref="InputException"><c>device-unavailable</c>; and those of <see cref="EnsureLoaded"/>.</exception>
    public static torch.Device Device(string name)
    {
        EnsureLoaded();
        try
        {
            var device = torch.device(name);
            return device.type == DeviceType.CPU || (device.type == DeviceType.CUDA && torch.cuda.is_available() && device.index < torch.cuda.device_count())
                ? device
                : throw Unavailable(name, "this machine, or the libtorch beside the program, does not have it");
        }
        catch (Exception error)
            when (error is NotSupportedException or InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            throw Unavailable(name, error.Message.Split('\n')[0].TrimEnd('.'), error);
        }
    }

    /// <summary>The folders in which native libraries are looked for: the program's own, the host's, and last the cache of NuGet.</summary>
    internal static IEnumerable<string> LibraryFolders()
    {
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        var probed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (var folder in probed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }

        if (NugetCache.LibrariesOf(Environment.GetEnvironmentVariable) is { } cached)
        {
            yield return cached;
        }
    }

    /// <summary>Loads the libraries from the first of the folders that has each.</summary>
    /// <returns>What prevents it, or null.</returns>
    internal static InputException? LoadOnLinux(IReadOnlyList<string> folders)
    {
        var paths = Libraries.Append(Bridge)
            .Select(name => (Name: name, Path: folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)))
            .ToArray();
        var missing = paths.Where(library => library.Path is null).Select(library => library.Name).ToArray();
        if (missing.Length > 0)
        {
            return new InputException(
                "torch-missing",
                Asked,
                $"{string.Join(", ", missing)} is in none of {string.Join(", ", folders.Distinct())}",
                RuntimeInformation.ProcessArchitecture == Architecture.X64
                    ? $"Fetch it once, 128 MB: {NugetCache.CommandOf(Environment.GetEnvironmentVariable)}. In a clone, build it: dotnet build -c Release"
                    : $"On Linux there is a libtorch for x64 processors only and this process is {RuntimeInformation.ProcessArchitecture}: use an x64 " +
                        "machine or .NET for x64");
        }

        var current = "";
        try
        {
            foreach (var (name, path) in paths[..^1])
            {
                current = name;
                NativeLibrary.Load(path!);
            }

            current = Bridge;
            if (HasNewStandardLibrary())
            {
                NativeLibrary.Load(paths[^1].Path!);
            }
            else
            {
                RelaxedLibrary.Load(paths[^1].Path!, RelaxedLibrary.CacheFolder() ?? "");
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new InputException(
                "torch-unloadable",
                Asked,
                $"this system's C++ library is older than the bridge asks for, so a copy of {current} is needed, and neither the cache nor a temporary folder "
                    + $"takes it ({error.Message.TrimEnd('.', '\n')})",
                "Make one of HOME, XDG_CACHE_HOME and TMPDIR a folder that can be written, or use a system with GCC 13's libstdc++ or a newer one",
                error);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            return new InputException(
                "torch-unloadable",
                Asked,
                $"{current} does not load: {error.Message.TrimEnd('.', '\n')}",
                "Install the system libraries that the message names (libtorch needs glibc 2.28 or newer and libstdc++; on Debian and Ubuntu: apt-get " +
                "install libstdc++6), or use a newer system",
                error);
        }
    }

    private static InputException Unavailable(string name, string found, Exception? inner = null) =>
        new(
            "device-unavailable",
            $"running on the device '{name}'",
            found,
            "Choose cpu, or for an NVIDIA GPU install its driver and the package libtorch-cuda-12.8 and choose cuda or cuda:0",
            inner);

    /// <summary>Whether the C++ library that this process uses is GCC 13's or newer.</summary>
    private static bool HasNewStandardLibrary() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, ElfSymbolVersion.NewSymbol, out _);

    private static InputException? Load()
    {
        if (OperatingSystem.IsLinux())
        {
            // libtorch's threads spin while they wait, which on a processor shared with other programs makes them several times slower, and on one of their own
            // gains almost nothing. A setting of the user's stays. It is the C library's environment that is meant, and .NET has a copy of its own.
            _ = NativeMethods.SetVariable("OMP_WAIT_POLICY", "passive", overwrite: 0);
        }

        if (OperatingSystem.IsLinux() && LoadOnLinux([.. LibraryFolders()]) is { } problem)
        {
            return problem;
        }

        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException or TypeInitializationException or DllNotFoundException)
        {
            return new InputException(
                "torch-unloadable",
                Asked,
                (error.InnerException ?? error).Message.Split('\n')[0].TrimEnd('.'),
                "Restore the package libtorch-cpu for this system, and on Windows the Visual C++ runtime",
                error);
        }
    }
}
