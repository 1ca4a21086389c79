using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Generation;

/// <summary>The token loop against passes made one by one, without a cache.</summary>
public sealed class TokenEngineTests
{
    private static readonly int[] Prompt = [5, 9, 7, 30, 8];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Greedy_tokens_are_the_most_probable_of_the_whole_text_read_anew(bool asOnDevice)
    {
        using var model = Load(asOnDevice);
        var tail = new TokenTail(TokenSource.Greedy, 6);
        Run(model, [new TokenSequence(Prompt, [tail])]);
        var text = Prompt.ToList();
        foreach (var token in tail.Ids)
        {
            var logits = LastLogits(model, [.. text]);
            Assert.Equal(Array.IndexOf(logits, logits.Max()), token);
            Assert.Equal(LogProbability.Of(logits, token), tail.LogProbabilities[text.Count - Prompt.Length], 1e-5);
            text.Add(token);
        }

        Assert.Equal((6, true, null), (tail.Ids.Count, tail.Ended, tail.EndOfText));
    }

    [Fact]
    public void A_token_that_ends_the_text_is_told_apart_and_its_probability_kept()
    {
        using var model = Load(asOnDevice: false);
        var free = new TokenTail(TokenSource.Greedy, 6);
        Run(model, [new TokenSequence(Prompt, [free])]);
        var end = free.Ids[3];
        var ended = new TokenTail(TokenSource.Greedy, 6);
        Run(model, [new TokenSequence(Prompt, [ended])], new HashSet<int> { end });
        var first = free.Ids.IndexOf(end);
        Assert.Equal(free.Ids.Take(first), ended.Ids);
        Assert.Equal((end, free.LogProbabilities[first]), (ended.EndOfText!.Value, ended.EndLogProbability));
    }

    [Fact]
    public void Given_tokens_have_the_log_probabilities_with_which_they_were_drawn()
    {
        using var model = Load(asOnDevice: false);
        var drawn = Enumerable.Range(0, 3).Select(number => Sampled("p", number)).ToArray();
        var options = new TokenEngineOptions { Sampler = new TokenSampler(new TokenSamplerOptions()) };
        new TokenEngine(model, options).Run([new TokenSequence(Prompt, drawn)], null, TestContext.Current.CancellationToken);
        var given = drawn.Select(tail => new TokenTail(TokenSource.Given(tail.Ids), tail.Ids.Count)).ToArray();
        Run(model, [new TokenSequence(Prompt, given)]);
        // The sampler adds up its own weights, in another order.
        Assert.All(
            drawn.Zip(given).SelectMany(pair => pair.First.LogProbabilities.Zip(pair.Second.LogProbabilities)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Equal(3, drawn.Select(tail => string.Join(' ', tail.Ids)).Distinct().Count());

        // Alone, with another prompt before it, or after a shorter stream: the same.
        var alone = Sampled("p", 1);
        new TokenEngine(model, options).Run(
            [new TokenSequence(new[] { 3, 4 }, [Sampled("q", 0)]), new TokenSequence(Prompt, [alone])],
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(drawn[1].Ids, alone.Ids);
        Assert.Equal(drawn[1].LogProbabilities, alone.LogProbabilities);
    }

    [Fact]
    public void A_tail_that_is_stopped_draws_no_further_token_and_the_last_one_is_read_only_where_asked()
    {
        using var model = Load(asOnDevice: false);
        var (read, unread) = (new TokenTail(TokenSource.Greedy, 4) { ReadsLast = true }, new TokenTail(TokenSource.Greedy, 4));
        var counts = new Counter();
        Run(model, [new TokenSequence(Prompt, [read, unread])], observer: counts);
        Assert.Equal(Prompt.Length + 4 + 3, counts.Tokens);

        var stopped = new TokenTail(TokenSource.Greedy, 4);
        Run(model, [new TokenSequence(Prompt, [stopped])], observer: new Counter { StopAt = 1 });
        Assert.Equal(2, stopped.Ids.Count);
    }

    [Fact]
    public void Nothing_is_left_in_memory()
    {
        using var model = Load(asOnDevice: true);
        LeakCheck.TenTimes(() => Run(model, [new TokenSequence(Prompt, [new TokenTail(TokenSource.Greedy, 3)])]));
    }

    private static TokenTail Sampled(string id, int number) => new(TokenSource.Sampled(RandomStream.ForContinuation(3, id, number)), 5);

    private static CausalModel Load(bool asOnDevice) =>
        TinyModel.Load("llama", 3, new ModelLoadOptions { Kernels = asOnDevice ? TorchKernels.Instance : null });

    private static void Run(CausalModel model, IReadOnlyList<TokenSequence> sequences, IReadOnlySet<int>? end = null, TokenObserver? observer = null) =>
        new TokenEngine(model, new TokenEngineOptions { EndOfText = end ?? new HashSet<int>() })
            .Run(sequences, observer, TestContext.Current.CancellationToken);

    private static float[] LastLogits(CausalModel model, int[] ids)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
        var last = new Logits();
        model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [ids.Length - 1]), cache, last);
        return last.Values;
    }

    private sealed class Logits : IForwardObserver
    {
        public float[] Values { get; private set; } = [];

        public void OnStates(int layer, torch.Tensor states)
        {
            // Logits alone are asked for.
        }

        public void OnLogits(int first, torch.Tensor logits) => Values = TensorMemory.Span<float>(logits).ToArray();
    }

    private sealed class Counter : TokenObserver
    {
        public int Tokens { get; private set; }

        public int StopAt { get; init; } = int.MaxValue;

        public override void Begin(TokenPass pass) => Tokens += pass.Segments.Sum(segment => segment.Tokens.Ids.Length);

        public override void OnToken(int row, TokenUse use, SampledToken token)
        {
            if (use.Token == StopAt)
            {
                use.Tail!.Stop();
            }
        }
    }
}
