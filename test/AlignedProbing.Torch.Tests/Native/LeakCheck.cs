using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Native;

/// <summary>Checks that an action leaves no tensor behind.</summary>
internal static class LeakCheck
{
    /// <summary>Runs the action once to warm up, then ten times, and compares the number of live tensors.</summary>
    public static void TenTimes(Action action)
    {
        action();

        // Tensors that earlier tests left to the finalizer must not be counted as freed by this one.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = LiveTensors.Count;
        for (var i = 0; i < 10; i++)
        {
            action();
        }

        Assert.Equal(before, LiveTensors.Count);
    }
}
