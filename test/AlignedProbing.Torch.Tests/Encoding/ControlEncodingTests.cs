using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Encoding;

public sealed class ControlEncodingTests
{
    private static readonly EncodingManifest Sampled = new() { Samples = 3, MaxNewTokens = 6, Chunk = 6, Keep = [0, 2] };

    [Fact]
    public void A_control_reads_the_parents_own_ids_and_writes_beside_its_vectors()
    {
        using var demo = new DemoRun();
        var run = demo.Start("run", DemoRun.Prompts(), Sampled);
        demo.Encode(run);
        var before = DemoRun.Files(run);
        var live = LeakCheck.Baseline();
        // The trained model in the place of the untrained one: what comes out must be what is there.
        var result = EncodingStage.RunControl(
            run,
            new ControlEncoding(ControlEncoding.RandomWeights, 0),
            demo.Inputs,
            new EncodingStageOptions(),
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(live, LiveTensors.Count);
        Assert.Equal((3, 0, 0), (result.Done, result.AlreadyDone, result.Failed.Count));
        var again = run.WithEncodingsOf(ControlEncoding.RandomWeights);
        for (var chunk = 0; chunk < 3; chunk++)
        {
            Assert.Equal(run.ReadEncodedPrompts(chunk).Select(Ids), again.ReadEncodedPrompts(chunk).Select(Ids));
            foreach (var side in new[] { "input", "output" })
            {
                var (expected, shape) = NpyFile.ReadAll(run.VectorsPath(chunk, side, "mean"));
                var (found, foundShape) = NpyFile.ReadAll(again.VectorsPath(chunk, side, "mean"));
                Assert.Equal(shape, foundShape);
                Assert.All(expected.Zip(found), pair =>
                    Assert.True(
                        (float.IsNaN(pair.First) && float.IsNaN(pair.Second)) || Math.Abs(pair.First - pair.Second) <= 1e-4 * Math.Max(1, Math.Abs(pair.First)),
                        $"{pair}"));
            }
        }

        Assert.Equal(before.Keys, DemoRun.Files(run).Keys);
        Assert.Equal(
            (0, 3),
            (
                EncodingStage.RunControl(
                    run,
                    new ControlEncoding(ControlEncoding.RandomWeights, 0),
                    demo.Inputs,
                    new EncodingStageOptions(),
                    null,
                    TestContext.Current.CancellationToken)
                    is var more
                    ? (more.Done, more.AlreadyDone)
                    : default));
        Assert.Equal(
            "options-differ",
            Assert
                .Throws<InputException>(() =>
                    EncodingStage.RunControl(
                        run,
                        new ControlEncoding(ControlEncoding.RandomWeights, 1),
                        demo.Inputs,
                        new EncodingStageOptions(),
                        null,
                        TestContext.Current.CancellationToken))
                .Code);

        static string Ids(EncodedPrompt row) => $"{row.PromptId}: {string.Join(' ', row.TokenIds)} [{row.SpanStart}, {row.SpanEnd})";
    }

    [Fact]
    public void Permutation_shuffles_the_words_of_each_prompt_and_keeps_the_continuations()
    {
        using var demo = new DemoRun();
        var run = demo.Start("run", DemoRun.Prompts(), Sampled);
        demo.Encode(run);
        var result = EncodingStage.RunControl(
            run,
            new ControlEncoding(ControlEncoding.Permutation, 7),
            demo.Inputs,
            new EncodingStageOptions { BatchSize = 2 },
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(3, result.Done);
        var shuffled = run.WithEncodingsOf(ControlEncoding.Permutation);
        // p4 has 25 words; its first continuations are the parent's, token by token.
        Assert.NotEqual(run.ReadEncodedPrompts(0)[4].TokenIds, shuffled.ReadEncodedPrompts(0)[4].TokenIds);
        Assert.Equal(
            run.ReadContinuations(0).Where(continuation => continuation.Number == 2).Select(continuation => string.Join(' ', continuation.TokenIds)),
            shuffled.ReadContinuations(0).Where(continuation => continuation.Number == 2).Select(continuation => string.Join(' ', continuation.TokenIds)));
        Assert.NotEqual(NpyFile.ReadAll(run.VectorsPath(0, "input", "mean")).Values, NpyFile.ReadAll(shuffled.VectorsPath(0, "input", "mean")).Values);
    }

    [Fact]
    public void Shuffled_words_are_the_same_words_between_the_same_blanks_and_hang_on_seed_and_id_alone()
    {
        const string Text = "  one two\tthree  four\nfive six seven ";
        var shuffled = WordShuffle.Of(Text, 0, "a");
        Assert.NotEqual(Text, shuffled);
        Assert.Equal(Text.Split([' ', '\t', '\n']).Order(), shuffled.Split([' ', '\t', '\n']).Order());
        Assert.StartsWith("  ", shuffled, StringComparison.Ordinal);
        Assert.EndsWith(" ", shuffled, StringComparison.Ordinal);
        Assert.Equal(shuffled, WordShuffle.Of(Text, 0, "a"));
        Assert.NotEqual(shuffled, WordShuffle.Of(Text, 1, "a"));
        Assert.NotEqual(shuffled, WordShuffle.Of(Text, 0, "b"));
        Assert.Equal("word", WordShuffle.Of("word", 0, "a"));
        Assert.Equal("", WordShuffle.Of("", 0, "a"));
    }

    [Fact]
    public void Random_weights_are_those_of_an_untrained_model_of_the_same_sizes_and_hang_on_the_seed_alone()
    {
        using var demo = new DemoRun();
        var live = LeakCheck.Baseline();
        var (first, sizes) = Encoded(demo, 0, "first");
        Assert.Equal(live, LiveTensors.Count);
        Assert.Equal(demo.Model.Sizes, sizes);
        Assert.Equal(first, Encoded(demo, 0, "again").Vectors);
        Assert.NotEqual(first, Encoded(demo, 1, "other").Vectors);
        // Embeddings of deviation .02, pooled over at least one token, are of that order; the trained ones are not.
        var embedding = first[..demo.Model.Sizes.Width];
        Assert.InRange(Math.Sqrt(embedding.Average(value => value * value)), 0.001, 0.03);
    }

    private static (float[] Vectors, ModelSizes Sizes) Encoded(DemoRun demo, int seed, string name)
    {
        using var model = ModelCatalog.Load(DemoRun.ModelFolder, new ModelLoadOptions { RandomWeights = seed });
        var run = demo.Start(name, DemoRun.Prompts()[..3], Sampled);
        EncodingStage.Run(run, demo.Inputs with { Model = model }, new EncodingStageOptions(), null, TestContext.Current.CancellationToken);
        return (NpyFile.ReadAll(run.VectorsPath(0, "input", "mean")).Values, model.Sizes);
    }
}
