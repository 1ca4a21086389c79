using AlignedProbing.Cli.Options;
using AlignedProbing.Settings;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Options;

public sealed class OptionTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("--max_new_tokens", "--max-new-tokens")]
    [InlineData("--model_name", "--model")]
    [InlineData("--model_precision=bf16", "--precision=bf16")]
    [InlineData("--encoding_batch_size", "--batch-size")]
    [InlineData("--template_index=3", "--template=3")]
    [InlineData("--prompts=my_file.jsonl", "--prompts=my_file.jsonl")]
    [InlineData("my_run", "my_run")]
    [InlineData("--", "--")]
    public void Other_spellings_become_ours_and_values_stay(string given, string expected) => Assert.Equal(expected, SettingCatalog.Spell(given));

    [Theory]
    [InlineData("--modle", "--model")]
    [InlineData("--sample", "--samples")]
    [InlineData("--top-P", "--top-p")]
    [InlineData("--xyzzy", null)]
    public void A_slip_is_answered_with_the_nearest_name(string given, string? expected) =>
        Assert.Equal(expected, Nearest.To(given, ["--model", "--samples", "--top-p", "--prompts"]));

    [Fact]
    public void Layers_are_read_as_people_write_them() => Assert.Equal([0, 6, 12, 13, 14], LayerList.Read("0,6, 12-14,6"));

    [Theory]
    [InlineData("a")]
    [InlineData("4-2")]
    [InlineData("1-2-3")]
    [InlineData("")]
    [InlineData("99999999999")]
    public void What_is_no_list_of_layers_is_refused(string text) => Assert.Throws<FormatException>(() => LayerList.Read(text));

    [Fact]
    public void A_config_file_adds_options_and_the_command_line_wins()
    {
        File.WriteAllText(_temporary["c.json"], """{ "limit": 200, "top_p": 0.8, "probe": ["linear", "ridge"], /* why */ "json": true, }""");
        var expanded = ConfigFile.Expand(
            ["run", "--config", "c.json", "--top-p", "0.95"],
            Known("run"),
            _temporary.FullPath);
        Assert.Equal(["run", "--config", "c.json", "--top-p", "0.95", "--limit", "200", "--probe", "linear", "ridge", "--json", "true"], expanded);
    }

    [Theory]
    [InlineData("""{ "modle": "x" }""", "Did you mean 'model'")]
    [InlineData("[1]", "it is no object")]
    [InlineData("{ ", "JSON")]
    public void A_config_file_that_cannot_be_used_says_why(string text, string expected)
    {
        File.WriteAllText(_temporary["c.json"], text);
        var error = Assert.Throws<InputException>(() => ConfigFile.Expand(["--config=c.json"], Known("run"), _temporary.FullPath));
        Assert.Equal("config-file", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<System.CommandLine.Option> Known(string verb) =>
        CommandLine.Build(new TestHost().Host).Subcommands.Single(command => command.Name == verb).Options;

    [Fact]
    public void The_environment_wins_over_its_file()
    {
        File.WriteAllText(_temporary[".env"], "# a comment\nRESULT_PATH=\"there\"\nexport REDIS_PORT = 6379\nPERSPECTIVE_API_KEY=abc=d\n\nbroken line\n");
        var variable = EnvironmentFile.Over(name => name == "REDIS_PORT" ? "1" : null, _temporary.FullPath);
        Assert.Equal("there", variable("RESULT_PATH"));
        Assert.Equal("1", variable("REDIS_PORT"));
        Assert.Equal("abc=d", variable("PERSPECTIVE_API_KEY"));
        Assert.Null(variable("HOME"));
    }
}
