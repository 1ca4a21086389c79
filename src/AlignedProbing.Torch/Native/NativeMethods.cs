using System.Runtime.InteropServices;

namespace AlignedProbing.Torch.Native;

/// <summary>The parts of libtorch's C interface that TorchSharp does not wrap. A tensor's handle is the same pointer in both.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Bridge = "LibTorchSharp";
    private const string Cpu = "torch_cpu";

    /// <summary>Sets a variable of the C library's environment.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetVariable(string name, string value, int overwrite);

    /// <summary>Makes a file that is in memory alone; below 0 where the system has none.</summary>
    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMemoryFile(string name, uint flags);

    /// <summary>A tensor over memory that belongs to someone else.</summary>
    [LibraryImport(Bridge, EntryPoint = "THSTensor_new")]
    public static partial nint WrapMemory(
        void* data,
        nint deleter,
        long* sizes,
        int dimensions,
        sbyte storedType,
        sbyte type,
        int deviceType,
        int deviceIndex,
        byte requiresGrad);

    [LibraryImport(Cpu, EntryPoint = "aoti_torch_new_tensor_handle")]
    public static partial int NewTensorHandle(nint original, nint* handle);

    [LibraryImport(Cpu, EntryPoint = "aoti_torch_get_data_ptr")]
    public static partial int GetDataPointer(nint tensor, void** data);

    [LibraryImport(Cpu, EntryPoint = "aoti_torch_call_dispatcher")]
    public static partial int CallDispatcher(byte* name, byte* overload, ulong* stack);

    [LibraryImport(Cpu, EntryPoint = "aoti_torch_cpu__linear_pointwise")]
    public static partial int PackedLinear(
        nint rows,
        nint weight,
        nint* bias,
        byte* activation,
        double** scalars,
        long scalarCount,
        byte** algorithm,
        nint* result);

    [LibraryImport(Cpu, EntryPoint = "torch_parallel_for")]
    public static partial int ParallelFor(long begin, long end, long grain, delegate* unmanaged<long, long, void*, void> body, void* state);

    /// <summary>Whether this libtorch was built with oneDNN.</summary>
    public static bool HasPackedLinear() =>
        NativeLibrary.TryLoad(Cpu, typeof(NativeMethods).Assembly, null, out var library)
        && NativeLibrary.TryGetExport(library, "aoti_torch_cpu__linear_pointwise", out _);
}
