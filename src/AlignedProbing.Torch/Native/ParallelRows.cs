using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// Runs managed loops on libtorch's own threads. Between two matrix products those threads wait by spinning, so that tasks on .NET's thread pool would share a
/// core with them. Result must not depend on how the rows are divided.
/// </summary>
public static unsafe class ParallelRows
{
    /// <summary>Divides rows among as many threads as libtorch uses, and waits for all.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="body">Called with a first row and the row after the last, on several threads at once.</param>
    /// <param name="grain">Least number of rows worth a thread.</param>
    public static void For(int rows, Action<int, int> body, int grain = 1)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(grain, 1);
        if (rows <= 0)
        {
            return;
        }

        if (rows <= grain)
        {
            body(0, rows);
            return;
        }

        TorchRuntime.EnsureLoaded();
        var work = new Work(body);
        var handle = GCHandle.Alloc(work);
        try
        {
            TensorMemory.Check(NativeMethods.ParallelFor(0, rows, grain, &Run, (void*)GCHandle.ToIntPtr(handle)), "torch_parallel_for");
        }
        finally
        {
            handle.Free();
        }

        work.Error?.Throw();
    }

    [UnmanagedCallersOnly]
    private static void Run(long begin, long end, void* state)
    {
        var work = (Work)GCHandle.FromIntPtr((nint)state).Target!;
#pragma warning disable CA1031 // An exception that left this method would end the process: it is carried to the caller's thread.
        try
        {
            work.Body((int)begin, (int)end);
        }
        catch (Exception error)
        {
            work.Error = ExceptionDispatchInfo.Capture(error);
        }
#pragma warning restore CA1031
    }

    private sealed class Work(Action<int, int> body)
    {
        public Action<int, int> Body { get; } = body;

        public ExceptionDispatchInfo? Error { get; set; }
    }
}
