using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models.Decoders;
using static AlignedProbing.Torch.Tests.Models.ModelConfigTests;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class RotaryEmbeddingTests
{
    [Fact]
    public void Newer_files_say_the_same_in_rope_parameters()
    {
        const string Llama3 =
            "\"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 8192, \"rope_type\": \"llama3\"";
        var older = LlamaConfig.Read(Parse("Llama-3.1-8B")).rotary;
        var newer = LlamaConfig
            .Read(
                With(
                    "Llama-3.1-8B",
                    ("rope_scaling", null),
                    ("rope_theta", null),
                    ("torch_dtype", null),
                    ("dtype", "\"bfloat16\""),
                    ("rope_parameters", $"{{{Llama3}, \"rope_theta\": 500000.0}}")))
            .rotary;
        Assert.Equal(older.Frequencies(1), newer.Frequencies(1));
        Assert.NotEqual(older.Frequencies(1), LlamaConfig.Read(With("Llama-3.1-8B", ("rope_scaling", null))).rotary.Frequencies(1));

        var gemma = Gemma3Config.Read(With("gemma-3-1b", ("rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 8}")));
        var nested = Gemma3Config.Read(
            With(
                "gemma-3-1b",
                ("rope_scaling", null),
                ("rope_theta", null),
                ("rope_local_base_freq", null),
                (
                    "rope_parameters",
                    "{\"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 10000}, \"full_attention\": {\"rope_type\": \"linear\", " +
                    "\"factor\": 8, \"rope_theta\": 1000000}}")));
        Assert.Equal(gemma.full_rotary.Frequencies(1), nested.full_rotary.Frequencies(1));
        Assert.Equal(gemma.sliding_rotary.Frequencies(1), nested.sliding_rotary.Frequencies(1));
        Assert.NotEqual(gemma.full_rotary.Frequencies(1), gemma.sliding_rotary.Frequencies(1));

        var olmo = Olmo3Config.Read(Parse("Olmo-3-7B"));
        var nestedOlmo = Olmo3Config.Read(
            With(
                "Olmo-3-7B",
                ("rope_scaling", null),
                ("rope_theta", null),
                (
                    "rope_parameters",
                    "{\"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 500000}, \"full_attention\": {\"attention_factor\": " +
                    "1.2079441541679836, \"beta_fast\": 32.0, \"beta_slow\": 1.0, \"factor\": 8.0, \"original_max_position_embeddings\": 8192, " +
                    "\"rope_type\": \"yarn\", \"rope_theta\": 500000}}")));
        Assert.Equal(olmo.full_rotary.Frequencies(1), nestedOlmo.full_rotary.Frequencies(1));
        Assert.Equal(olmo.sliding_rotary.Frequencies(1), nestedOlmo.sliding_rotary.Frequencies(1));
        Assert.NotEqual(olmo.full_rotary.Frequencies(1), olmo.sliding_rotary.Frequencies(1));
    }

    [Fact]
    public void A_part_of_a_head_is_that_of_either_form_of_the_file()
    {
        Assert.Equal(48, Phi3Config.Read(Parse("Phi-4-mini")).rotary.Half);
        var factors = string.Join(", ", Enumerable.Repeat("1.5", 48));
        var newer = Phi3Config.Read(
            With(
                "Phi-4-mini",
                ("rope_scaling", null),
                ("rope_theta", null),
                ("partial_rotary_factor", null),
                (
                    "rope_parameters",
                    $"{{\"rope_type\": \"longrope\", \"rope_theta\": 10000, \"partial_rotary_factor\": 0.75, \"original_max_position_embeddings\": 4096, " +
                    $"\"short_factor\": [{factors}], \"long_factor\": [{factors}]}}")));
        Assert.Equal(48, newer.rotary.Half);
    }

    [Fact]
    public void Longrope_takes_one_list_up_to_the_original_length_and_the_other_beyond()
    {
        var rotary = Phi3Config
            .Read(
                With(
                    "Phi-3-mini-128k",
                    (
                        "rope_scaling",
                        $"{{\"type\": \"longrope\", \"short_factor\": [{string.Join(", ", Enumerable.Repeat("2", 48))}], \"long_factor\": " +
                        $"[{string.Join(", ", Enumerable.Repeat("5", 48))}]}}")))
            .rotary;
        Assert.Equal(4096, rotary.ByLengthAbove);
        for (var i = 0; i < 48; i++)
        {
            var plain = Math.Pow(10000, -2.0 * i / 96);
            Assert.Equal(plain / 2, rotary.Frequencies(4096)[i], 1e-6 * plain);
            Assert.Equal(plain / 5, rotary.Frequencies(4097)[i], 1e-6 * plain);
        }

        // Cosine of position 0: the attention factor, sqrt(1 + ln(131072 / 4096) / ln(4096)), for short sequences too.
        using var cache = new KeyValueCache(CacheLayout.Uniform([3], 0, 0));
        Assert.Equal(
            Math.Sqrt(1 + (Math.Log(32) / Math.Log(4096))),
            rotary.Angles(new TokenBatch(cache, [new TokenSegment(0, -1, new int[3])], [])).Cosine[0],
            1e-6);
    }

    [Fact]
    public void Frequencies_that_depend_on_the_length_take_each_tokens_own_unless_a_batchs_is_given()
    {
        var rotary = LlamaConfig.Read(With("Llama-2-70b", ("max_position_embeddings", "8"), ("rope_scaling", "{\"type\": \"dynamic\", \"factor\": 4}"))).rotary;
        Assert.Equal(LlamaConfig.Read(Parse("Llama-2-70b")).rotary.Frequencies(1), rotary.Frequencies(8));
        var theta = 10000 * Math.Pow((4.0 * 12 / 8) - 3, 128.0 / 126);
        Assert.Equal(Math.Pow(theta, -2.0 / 128), rotary.Frequencies(12)[1], 1e-6);

        // A prompt of 12 tokens read in two pieces, then a continuation; beside it a prompt of 3.
        using var cache = new KeyValueCache(new CacheLayout([new CachedPrompt(12, [5]), new CachedPrompt(3, [])]));
        var first = new TokenBatch(cache, [new TokenSegment(0, -1, new int[9])], []);
        Check(first, [12, 12, 12, 12, 12, 12, 12, 12, 12]);
        cache.Advance(first);
        var second = new TokenBatch(cache, [new TokenSegment(0, -1, new int[3]), new TokenSegment(0, 0, new int[4]), new TokenSegment(1, -1, new int[3])], []);
        Check(second, [12, 12, 12, 13, 14, 15, 16, 3, 3, 3]);
        Check(
            new TokenBatch(cache, [new TokenSegment(0, -1, new int[3]), new TokenSegment(1, -1, new int[3])], []) { RotaryLength = 40 },
            [40, 40, 40, 40, 40, 40]);

        void Check(TokenBatch batch, int[] lengths)
        {
            var angles = rotary.Angles(batch);
            for (var row = 0; row < lengths.Length; row++)
            {
                Assert.Equal((float)Math.Cos(batch.Positions[row] * rotary.Frequencies(lengths[row])[1]), angles.Cosine[(angles.Rows[row] * rotary.Half) + 1]);
            }
        }
    }
}
