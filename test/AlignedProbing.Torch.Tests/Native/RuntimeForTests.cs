using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlignedProbing.Torch.Native;

// The number of live tensors is the process's: leak checks need tests one after another.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace AlignedProbing.Torch.Tests.Native;

/// <summary>Loads libtorch before any test: tests make tensors before they touch the library.</summary>
internal static partial class RuntimeForTests
{
    [ModuleInitializer]
    public static void Load()
    {
        // libtorch's threads spin while they wait; where tests share their processor with other programs that makes them ten times slower. The C library's own environment is meant, which .NET's
        // does not change; a setting that is there stays.
        if (OperatingSystem.IsLinux())
        {
            _ = SetVariable("OMP_WAIT_POLICY", "passive", 0);
        }

        TorchRuntime.EnsureLoaded();
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
