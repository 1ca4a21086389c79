using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Golden;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Encoding;

public sealed class KernelChoiceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_computes_with_the_kernels_asked_for(bool asOnGpu)
    {
        using var demo = new DemoRun(asOnGpu ? TorchKernels.Instance : null);
        using var cache = new KeyValueCache(CacheLayout.Uniform([1], 0, 0));
        demo.Model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, new[] { 5 })], []), cache, new StateRecorder());
        Assert.Equal(asOnGpu, cache.Storage is not ManagedCache);
    }

    [Theory]
    [InlineData("sampled")]
    [InlineData("given")]
    public void A_stage_with_a_gpus_operators_writes_what_it_writes_with_the_cpus_to_rounding(string continuations)
    {
        var asked = new EncodingManifest
        {
            Continuations = continuations,
            Samples = 3,
            MaxNewTokens = 7,
            Temperature = 0,
            Chunk = 15,
            Keep = [0, 2],
            Pooling = ["mean", "last", "max"],
        };
        using var demo = new DemoRun();
        using var other = new DemoRun(TorchKernels.Instance);
        var (run, otherRun) = (demo.Start("cpu", DemoRun.Prompts(), asked), other.Start("gpu", DemoRun.Prompts(), asked));
        demo.Encode(run);
        var before = LeakCheck.Baseline();
        Assert.Empty(other.Encode(otherRun).Failed);
        Assert.Equal(before, LiveTensors.Count);

        var (expected, found) = (run.ReadContinuations(0), otherRun.ReadContinuations(0));
        Assert.Equal(expected.Select(continuation => continuation.Text), found.Select(continuation => continuation.Text));
        GoldenTensors.Near([.. expected.Select(LogProbability)], [.. found.Select(LogProbability)], 1e-4, "log-probabilities");
        foreach (var side in (string[])["input", "output"])
        {
            foreach (var pooling in asked.Pooling)
            {
                GoldenTensors.Near(
                    NpyFile.ReadAll(run.VectorsPath(0, side, pooling)).Values,
                    NpyFile.ReadAll(otherRun.VectorsPath(0, side, pooling)).Values,
                    1e-4,
                    $"{side} {pooling}");
            }
        }

        static float LogProbability(Continuation continuation) => (float)(continuation.MeanLogProbability ?? double.NaN);
    }
}
