using System.Text.Json;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>inspect model</c> on a golden model: the exit code is the certificate.</summary>
public sealed class InspectModelTests
{
    private static string Model => SharedData.Path("goldens", "models", "gpt2");

    private static string Expected => Path.Combine(Model, "expected.safetensors");

    [Fact]
    public async Task A_model_that_is_equal_gives_0_and_a_line_a_layer()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "model", "--model", Model, "--expected", Expected));
        Assert.Contains("gpt2: gpt2, 3 blocks, width 64, full\n4 rows of 1 to 24 tokens", host.Output, StringComparison.Ordinal);
        Assert.Matches(@"  layer   hidden_states    pooled_input   pooled_output\n      0 .*\n      1 .*\n      2 .*\n      3 .*\n", host.Output);
        Assert.Contains("greedy_ids, with cache: 4 of 4 rows equal", host.Output, StringComparison.Ordinal);
        Assert.EndsWith("Equal within tolerance.\n", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_gives_1_and_says_where()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.SomeFailed, await host.RunAsync("inspect", "model", "--model", Model, "--expected", Expected, "--tolerance", "1e-9"));
        Assert.Matches(@"! \d\.\de-\d", host.Output);
        Assert.Matches(@"NOT equal: \w+( of layer \d)? is off by .* in row \d", host.Output);
    }

    [Fact]
    public async Task Json_says_the_same()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "model", "--model", Model, "--expected", Expected, "--precision", "bf16", "--json"));
        var root = JsonDocument.Parse(host.Output).RootElement;
        Assert.True(root.GetProperty("within").GetBoolean());
        Assert.Equal("bf16", root.GetProperty("precision").GetString());
        Assert.Equal(0.1, root.GetProperty("tolerance").GetDouble());
        Assert.Contains(root.GetProperty("parts").EnumerateArray(), part =>
            part.GetProperty("tensor").GetString() == "logits_last_bf16" && part.GetProperty("difference").GetDouble() > 0);
        Assert.Equal(8, root.GetProperty("continuations").GetArrayLength());
    }

    [Fact]
    public async Task Values_of_another_model_and_no_file_at_all_give_2_with_the_reason()
    {
        using var host = new TestHost();
        Assert.Equal(
            ExitCode.WrongInput,
            await host.RunAsync("inspect", "model", "--model", Model, "--expected", Path.Combine(Model, "..", "llama", "expected.safetensors")));
        Assert.Contains("hidden_states is [5, 4, 24, 64] and should be [4, 4, 24, 64]", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("inspect", "model", "--model", Model, "--expected", "nowhere.safetensors"));
        Assert.Contains("there is no such file", host.Error, StringComparison.Ordinal);
        Assert.Contains("docs/errors/expected-values.md", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora-qv")]
    [InlineData("lora-all")]
    [InlineData("lora-dora")]
    public async Task An_adapter_is_put_on_the_model_that_is_compared(string adapter)
    {
        var folder = SharedData.Path("goldens", "models", adapter);
        var llama = Path.Combine(folder, "..", "llama");
        using var host = new TestHost();
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("inspect", "model", "--model", llama, "--adapter", folder, "--expected", Path.Combine(folder, "expected.safetensors")));
        Assert.StartsWith($"llama with {adapter}: llama, 4 blocks", host.Output, StringComparison.Ordinal);
        Assert.Equal(
            ExitCode.SomeFailed,
            await host.RunAsync("inspect", "model", "--model", llama, "--expected", Path.Combine(folder, "expected.safetensors")));
    }

    [Theory]
    [InlineData("eight_bit", "int8", "llama_expected.safetensors")]
    [InlineData("four_bit", "nf4", "llama_expected_exact.safetensors")]
    public async Task A_precision_is_compared_with_values_of_its_own(string precision, string folder, string file)
    {
        var expected = SharedData.Path("goldens", "quant", folder, file);
        var llama = SharedData.Path("goldens", "models", "llama");
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "model", "--model", llama, "--precision", precision, "--expected", expected));
        Assert.Contains($"width 64, {precision}", host.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.SomeFailed, await host.RunAsync("inspect", "model", "--model", llama, "--expected", expected));
    }

    [Fact]
    public async Task A_checkpoint_that_was_quantised_when_it_was_saved_is_compared_as_it_is()
    {
        var folder = SharedData.Path("goldens", "quant", "llama-nf4-saved");
        using var host = new TestHost();
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("inspect", "model", "--model", folder, "--expected", SharedData.Path("goldens", "quant", "nf4", "llama_expected.safetensors")));
    }
}
