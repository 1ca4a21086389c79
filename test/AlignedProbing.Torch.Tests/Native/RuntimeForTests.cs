
// The number of live tensors is the process's: leak checks need tests one after another.
using System.Runtime.CompilerServices;
using AlignedProbing.Torch.Native;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace AlignedProbing.Torch.Tests.Native;

/// <summary>Loads libtorch before any test: tests make tensors before they touch the library.</summary>
internal static class RuntimeForTests
{
    [ModuleInitializer]
    public static void Load() => TorchRuntime.EnsureLoaded();
}
