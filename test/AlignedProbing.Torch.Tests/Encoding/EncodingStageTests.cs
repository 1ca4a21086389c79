using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Golden;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Encoding;

public sealed class EncodingStageTests
{
    private static readonly EncodingManifest Sampled = new()
    {
        Samples = 4,
        MaxNewTokens = 7,
        Chunk = 6,
        Keep = [0, 2],
        Pooling = ["mean", "last", "max", "mean-without-first"],
    };

    [Fact]
    public void Batch_size_threads_shards_and_resuming_change_no_bit()
    {
        using var demo = new DemoRun();
        var prompts = DemoRun.Prompts();
        var one = demo.Start("one", prompts, Sampled);
        Assert.Equal(3, demo.Encode(one, new EncodingStageOptions { BatchSize = 1, Threads = 1 }).Done);
        var expected = DemoRun.Files(one);
        Assert.Equal(3 * 10, expected.Count);
        foreach (var (batch, threads) in new[] { (3, 2), (64, 1), (64, 2) })
        {
            var other = demo.Start($"batch-{batch}-{threads}", prompts, Sampled);
            demo.Encode(other, new EncodingStageOptions { BatchSize = batch, Threads = threads });
            Equal(expected, DemoRun.Files(other));
        }

        var shared = demo.Start("shards", prompts, Sampled);
        Assert.Equal(1, demo.Encode(shared, new EncodingStageOptions { Shard = new Shard(1, 2) }).Done);
        Assert.False(shared.HasEncoding(0));
        var rest = demo.Encode(shared);
        Assert.Equal((2, 1), (rest.Done, rest.AlreadyDone));
        Equal(expected, DemoRun.Files(shared));
    }

    /// <summary>
    /// The CPU's own loops, to the bit. A GPU's operators, run on the CPU, to rounding: products of other numbers of rows may add in another order. In float32
    /// hardly a token is another; in bf16 many may be
    /// (docs/reference/performance.md), and only prompts' vectors are held.
    /// </summary>
    [Theory]
    [InlineData(WeightPrecision.BFloat16, false)]
    [InlineData(WeightPrecision.BFloat16, true)]
    [InlineData(WeightPrecision.Full, true)]
    public void Continuations_and_vectors_are_the_same_for_other_batch_sizes_and_thread_counts(WeightPrecision precision, bool asOnGpu)
    {
        using var demo = new DemoRun(asOnGpu ? TorchKernels.Instance : null, precision);
        var prompts = DemoRun.Prompts();
        var one = demo.Start("one", prompts, Sampled);
        demo.Encode(one, new EncodingStageOptions { BatchSize = 1, Threads = 1 });
        Assert.Contains(one.ReadContinuations(0), continuation => continuation.TokenIds.Count > 3);
        foreach (var (batch, threads) in new[] { (6, 2), (4, 1) })
        {
            var before = LeakCheck.Baseline();
            var other = demo.Start($"batch-{batch}-{threads}", prompts, Sampled);
            demo.Encode(other, new EncodingStageOptions { BatchSize = batch, Threads = threads });
            Assert.Equal(before, LiveTensors.Count);
            if (!asOnGpu)
            {
                Equal(DemoRun.Files(one), DemoRun.Files(other));
            }

            var different = 0;
            for (var chunk = 0; chunk < 3; chunk++)
            {
                different += one.ReadContinuations(chunk)
                    .Zip(other.ReadContinuations(chunk))
                    .Count(pair => !pair.First.TokenIds.SequenceEqual(pair.Second.TokenIds));
                GoldenTensors.Near(
                    NpyFile.ReadAll(one.VectorsPath(chunk, "input", "mean")).Values,
                    NpyFile.ReadAll(other.VectorsPath(chunk, "input", "mean")).Values,
                    precision == WeightPrecision.Full ? 1e-4 : 5e-2,
                    $"chunk {chunk}");
            }

            Assert.True(
                different <= (asOnGpu ? prompts.Length * Sampled.Samples / 20 : 0) || (asOnGpu && precision == WeightPrecision.BFloat16),
                $"{different} continuations are others");
        }
    }

    [Fact]
    public void Files_have_the_shapes_and_rows_that_the_run_folder_promises()
    {
        using var demo = new DemoRun();
        var run = demo.Start("shapes", DemoRun.Prompts(), Sampled);
        var before = LeakCheck.Baseline();
        Assert.Empty(demo.Encode(run).Failed);
        Assert.Equal(before, LiveTensors.Count);
        var (layers, width) = (demo.Model.Sizes.HiddenStates, demo.Model.Sizes.Width);
        Assert.Equal([layers, 6, width], NpyFile.ReadAll(run.VectorsPath(0, "input", "mean")).Shape);
        Assert.Equal([layers, 12, width], NpyFile.ReadAll(run.VectorsPath(0, "output", "last")).Shape);
        Assert.Equal([layers, 3, width], NpyFile.ReadAll(run.VectorsPath(2, "input", "max")).Shape);
        Assert.False(File.Exists(run.VectorsPath(0, "instruction", "mean")));
        var rows = run.ReadEncodedPrompts(0);
        var continuations = run.ReadContinuations(0);
        Assert.Equal(["p0", "p1", "p2", "p3", "p4", "p5"], rows.Select(row => row.PromptId));
        Assert.Equal(24, continuations.Count);
        Assert.All(continuations, (continuation, index) =>
        {
            Assert.Equal((rows[index / 4].PromptId, index % 4), (continuation.PromptId, continuation.Number));
            Assert.Equal(
                demo.Tokenizer.DecodeContinuation([.. rows[index / 4].TokenIds], [.. continuation.TokenIds], skipSpecialTokens: true),
                continuation.Text);
            Assert.InRange(continuation.TokenIds.Count, 0, 7);
        });
        Assert.Contains("\"threads\"", File.ReadAllText(Path.Combine(run.EncodingFolder(0), "unit.json")), StringComparison.Ordinal);
        Assert.Equal(24, continuations.Select(continuation => (continuation.PromptId, string.Join(",", continuation.TokenIds))).Distinct().Count());
    }

    [Fact]
    public void Empty_and_overlong_prompts_are_kept_with_their_reason_and_without_numbers()
    {
        using var demo = new DemoRun();
        var overlong = string.Concat(Enumerable.Repeat("dog ", 300));
        var filling = string.Concat(Enumerable.Repeat(" dog", demo.Model.Sizes.Context - 3));
        var prompts = new[]
        {
            DemoRun.Prompt("empty", ""),
            DemoRun.Prompt("long", overlong),
            DemoRun.Prompt("full", filling),
            DemoRun.Prompt("fine", "The dog"),
        };
        var run = demo.Start("missing", prompts, Sampled);
        Assert.Empty(demo.Encode(run).Failed);
        var rows = run.ReadEncodedPrompts(0);
        Assert.Equal([MissingReason.EmptyPrompt, MissingReason.ContextTooShort, null, null], rows.Select(row => row.Missing));
        var continuations = run.ReadContinuations(0).ToLookup(continuation => continuation.PromptId);
        Assert.All(continuations["empty"], continuation =>
            Assert.Equal((ContinuationEnd.None, MissingReason.EmptyPrompt, null), (continuation.End, continuation.Missing, continuation.MeanLogProbability)));
        var room = demo.Model.Sizes.Context - rows[2].TokenIds.Count;
        Assert.InRange(room, 0, 6);
        Assert.All(continuations["full"], continuation =>
            Assert.True(continuation.End == ContinuationEnd.EndOfText || (continuation.End == ContinuationEnd.Context && continuation.TokenIds.Count == room)));
        var (values, shape) = NpyFile.ReadAll(run.VectorsPath(0, "input", "mean"));
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(i / shape[2] % 4 < 2, float.IsNaN(values[i]));
        }
    }

    [Fact]
    public void Given_continuations_are_read_and_not_sampled()
    {
        using var demo = new DemoRun();
        var prompts = DemoRun.Prompts();
        prompts[3] = prompts[3] with { Continuations = [] };
        prompts[4] = DemoRun.Prompt("p4", prompts[4].Text, "", " dog");
        var run = demo.Start("given", prompts, Sampled with { Continuations = "given" });
        Assert.Empty(demo.Encode(run, new EncodingStageOptions { BatchSize = 2 }).Failed);
        var other = demo.Start("given-others", prompts, Sampled with { Continuations = "given" });
        demo.Encode(other, new EncodingStageOptions { BatchSize = 6, Threads = 1 });
        Equal(DemoRun.Files(run), DemoRun.Files(other));
        var continuations = run.ReadContinuations(0);
        Assert.Equal([3, 3, 3, 0, 2, 3], prompts.Take(6).Select(prompt => continuations.Count(continuation => continuation.PromptId == prompt.Id)));
        Assert.Equal(" and then it rained for three days", continuations[2].Text);
        Assert.Equal(demo.Tokenizer.Encode(" and then it rained for three days", addSpecialTokens: false).Ids, continuations[2].TokenIds);
        Assert.All(continuations.Where(continuation => continuation.TokenIds.Count > 0), continuation =>
            Assert.InRange(continuation.MeanLogProbability!.Value, -30, 0));
        Assert.Equal(MissingReason.EmptyContinuation, continuations.Single(continuation => continuation.PromptId == "p4" && continuation.Number == 0).Missing);
        var (values, _) = NpyFile.ReadAll(run.VectorsPath(0, "output", "mean"));
        var width = demo.Model.Sizes.Width;
        Assert.Equal(
            [false, false, false, false, false, false, true, true, true, true, false, false],
            Enumerable.Range(0, 12).Select(row => float.IsNaN(values[row * width])));
    }

    [Fact]
    public void An_interrupted_run_keeps_what_is_finished_and_goes_on()
    {
        using var demo = new DemoRun();
        var prompts = DemoRun.Prompts();
        var whole = demo.Start("whole", prompts, Sampled);
        demo.Encode(whole);
        var run = demo.Start("interrupted", prompts, Sampled);
        using var source = new CancellationTokenSource();
        var progress = new OnProgress(now =>
        {
            if (now.Done > 24)
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => demo.Encode(run, new EncodingStageOptions { BatchSize = 2 }, progress, source));
        Assert.True(run.HasEncoding(0));
        Assert.False(run.HasEncoding(2));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(run.FullPath, "*", SearchOption.AllDirectories), path =>
            path.EndsWith(".tmp", StringComparison.Ordinal));
        demo.Encode(run);
        Equal(DemoRun.Files(whole), DemoRun.Files(run));
    }

    [Fact]
    public void Float16_vectors_are_the_float32_ones_rounded()
    {
        using var demo = new DemoRun();
        var (single, half) = (demo.Start("single", DemoRun.Prompts(), Sampled), demo.Start("half", DemoRun.Prompts(), Sampled with { VectorType = "float16" }));
        demo.Encode(single);
        demo.Encode(half);
        var vectors = Directory.GetFiles(single.EncodingFolder(1), "*.npy");
        Assert.NotEmpty(vectors);
        foreach (var path in vectors)
        {
            using var stored = NpyFile.Open(Path.Combine(half.EncodingFolder(1), Path.GetFileName(path)));
            var (wide, found) = (NpyFile.ReadAll(path), NpyFile.ReadAll(stored.Name));
            Assert.Equal("<f2", stored.ElementType);
            Assert.Equal(wide.Shape, found.Shape);
            Assert.Equal(wide.Values.Select(value => (float)(Half)value), found.Values);
        }
    }

    [Fact]
    public void Wrong_options_are_all_named()
    {
        using var demo = new DemoRun();
        var run = demo.Start("wrong", DemoRun.Prompts(), Sampled with { Keep = [4] });
        var error = Assert.Throws<InputException>(() => demo.Encode(run, new EncodingStageOptions { BatchSize = 0, Threads = 0 }));
        Assert.Contains("a batch of 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("0 threads", error.Message, StringComparison.Ordinal);
        Assert.Contains("kept continuations 4", error.Message, StringComparison.Ordinal);
    }

    private static void Equal(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> found)
    {
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, file => Assert.True(file.Value.AsSpan().SequenceEqual(found[file.Key]), file.Key));
    }
}
