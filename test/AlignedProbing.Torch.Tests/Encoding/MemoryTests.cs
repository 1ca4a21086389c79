using System.Diagnostics;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Encoding;

public sealed class MemoryTests
{
    private const int Chunk = 4;

    private static readonly EncodingManifest Asked = new()
    {
        Samples = 4,
        MaxNewTokens = 3,
        Chunk = Chunk,
        Keep = [0, 1, 2, 3],
        Pooling = ["mean", "last", "max", "mean-without-first"],
    };

    [Fact]
    public void Peak_memory_does_not_grow_with_the_number_of_prompts()
    {
        using var demo = new DemoRun();
        Measure(demo, "warm-up", 24);
        var few = Measure(demo, "few", 24);
        var many = Measure(demo, "many", 240);

        // Of 54 chunks more, no more vectors may be there than of the one being written and the one being computed; four leave room for the text and the
        // moment.
        long vectors = demo.Model.Sizes.HiddenStates * demo.Model.Sizes.Width * sizeof(float) * Asked.Pooling.Count * (Chunk + (Chunk * Asked.Keep.Count));
        Assert.InRange(many.Managed - few.Managed, long.MinValue, 4 * vectors);
        Assert.Equal(few.Tensors, many.Tensors);
        Assert.InRange(many.WorkingSet - few.WorkingSet, long.MinValue, 30 << 20);
        Assert.InRange(many.Peak - few.Peak, 0, 30 << 20);
    }

    /// <summary>The most that was seen after a batch or a chunk, and afterwards.</summary>
    private static (long Managed, long Tensors, long WorkingSet, long Peak) Measure(DemoRun demo, string name, int prompts)
    {
        var run = demo.Start(
            name,
            [.. Enumerable.Range(0, prompts).Select(index => DemoRun.Prompt($"p{index}", $"The dog number {index} went home and"))],
            Asked);
        using var process = Process.GetCurrentProcess();
        var (managed, tensors, workingSet) = (0L, 0L, 0L);
        var before = LeakCheck.Baseline();
        var result = demo.Encode(run, progress: new OnProgress(_ => Look()));
        Assert.Equal((prompts / Chunk, 0), (result.Done, result.Failed.Count));
        Assert.Equal(before, LiveTensors.Count);
        Look();
        // The system's own peak counts what is gone before a batch ends, and sees nothing where another test has had more.
        return (managed, tensors, workingSet, process.PeakWorkingSet64);

        void Look()
        {
            GC.Collect();
            managed = Math.Max(managed, GC.GetTotalMemory(forceFullCollection: false));
            tensors = Math.Max(tensors, LiveTensors.Count);
            process.Refresh();
            workingSet = Math.Max(workingSet, process.WorkingSet64);
        }
    }
}
