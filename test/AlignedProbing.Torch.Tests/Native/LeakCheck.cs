using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Native;

/// <summary>Checks that an action leaves no tensor behind.</summary>
internal static class LeakCheck
{
    /// <summary>
    /// The number of live tensors from here on. Tensors that earlier tests left to the finalizer are freed first: they must not be counted as freed by this
    /// one.
    /// </summary>
    public static long Baseline()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return LiveTensors.Count;
    }

    /// <summary>Runs the action once to warm up, then ten times, and compares the number of live tensors.</summary>
    public static void TenTimes(Action action)
    {
        action();
        var before = Baseline();
        for (var i = 0; i < 10; i++)
        {
            action();
        }

        Assert.Equal(before, LiveTensors.Count);
    }
}
