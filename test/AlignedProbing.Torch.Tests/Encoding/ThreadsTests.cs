using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Encoding;

public sealed class ThreadsTests
{
    private static readonly EncodingManifest Asked = new() { Samples = 2, MaxNewTokens = 2, Chunk = 3, Keep = [0], Pooling = ["mean"] };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public void The_number_of_threads_asked_for_holds_for_libtorch_and_for_managed_loops_and_only_while_encoding(int? asked)
    {
        using var demo = new DemoRun();
        var run = demo.Start("threads", [.. DemoRun.Prompts().Take(3)], Asked);
        var seen = new HashSet<(int Libtorch, int Managed)>();
        WithThreads(2, () =>
        {
            demo.Encode(run, new EncodingStageOptions { Threads = asked }, new OnProgress(_ => seen.Add((torch.get_num_threads(), PartsOfALoop()))));
            Assert.Equal([(asked ?? 2, asked ?? 2)], seen);
            Assert.Equal((2, 2), (torch.get_num_threads(), PartsOfALoop()));
        });
    }

    [Fact]
    public void The_number_of_threads_is_put_back_after_a_run_that_is_interrupted()
    {
        using var demo = new DemoRun();
        var run = demo.Start("interrupted", [.. DemoRun.Prompts().Take(3)], Asked);
        using var source = new CancellationTokenSource();
        WithThreads(2, () =>
        {
            Assert.Throws<OperationCanceledException>(() =>
                demo.Encode(run, new EncodingStageOptions { Threads = 3 }, new OnProgress(_ => source.Cancel()), source));
            Assert.Equal((2, 2), (torch.get_num_threads(), PartsOfALoop()));
        });
    }

    /// <summary>In how many parts, one a thread, managed rows are divided.</summary>
    private static int PartsOfALoop()
    {
        var parts = 0;
        ParallelRows.For(1000, (_, _) => Interlocked.Increment(ref parts));
        return parts;
    }

    private static void WithThreads(int threads, Action action)
    {
        var before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(threads);
            action();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }
}
