using System.Text.Json;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>What <c>inspect</c> shows.</summary>
public sealed class InspectTests : IDisposable
{
    private static readonly string DemoModel = Path.Combine(AppContext.BaseDirectory, "Demo", "model");

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task One_text_is_shown_in_the_form_of_many()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "tokens", "--tokenizer", DemoModel, "--text", "Hello 🙂 there"));
        var shown = Assert.Single(JsonDocument.Parse(host.Output).RootElement.EnumerateArray());
        Assert.Equal("Hello 🙂 there", shown.GetProperty("dec").GetString());
        var ranges = shown.GetProperty("off").EnumerateArray().Select(range => (Start: range[0].GetInt32(), End: range[1].GetInt32())).ToArray();
        Assert.Equal(shown.GetProperty("ids").GetArrayLength(), ranges.Length);
        // Counted in code points: the smile is one of 13.
        Assert.Equal((0, 13), (ranges[0].Start, ranges[^1].End));
    }

    [Fact]
    public async Task Many_texts_go_from_a_file_to_a_file()
    {
        await File.WriteAllTextAsync(_temporary["texts.json"], """["", "one", "two \"quoted\"\n"]""", TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync(
                "inspect",
                "tokens",
                "--tokenizer",
                Path.Combine(DemoModel, "tokenizer.json"),
                "--strings",
                "texts.json",
                "--output",
                "tokens.json"));
        Assert.Empty(host.Output);
        var shown = JsonDocument.Parse(await File.ReadAllBytesAsync(_temporary["tokens.json"], TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(["", "one", "two \"quoted\"\n"], shown.EnumerateArray().Select(entry => entry.GetProperty("dec").GetString()));
    }

    [Fact]
    public async Task No_texts_make_an_empty_list()
    {
        await File.WriteAllTextAsync(_temporary["texts.json"], "[]", TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "tokens", "--tokenizer", DemoModel, "--strings", "texts.json"));
        Assert.Equal(0, JsonDocument.Parse(host.Output).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("""{"a": "text"}""")]
    [InlineData("""["a", 1]""")]
    [InlineData("""["a", null]""")]
    [InlineData("""["\ud800"]""")]
    [InlineData(null)]
    public async Task Strings_that_are_no_list_of_texts_are_an_error(string? json)
    {
        if (json is not null)
        {
            await File.WriteAllTextAsync(_temporary["texts.json"], json, TestContext.Current.CancellationToken);
        }

        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("inspect", "tokens", "--tokenizer", DemoModel, "--strings", "texts.json"));
        Assert.Contains("docs/errors/strings-file.md", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect", "tokens", "--tokenizer", "x")]
    [InlineData("inspect", "tokens", "--tokenizer", "x", "--text", "a", "--strings", "b")]
    [InlineData("inspect", "chat", "--model", "x")]
    [InlineData("inspect", "chat", "--user", "x")]
    [InlineData("inspect", "chat", "--check", "x", "--model", "y")]
    public async Task Half_a_question_is_answered_with_a_whole_one(params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(arguments));
        Assert.Contains("docs/errors/wrong-usage.md", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_is_shown_as_the_chat_template_writes_it_with_its_tokens()
    {
        CopyDemo(
            "{{ bos_token }}{% for message in messages %}[{{ message.role }}]{{ message.content | trim }}{% endfor %}{% if add_generation_prompt " +
            "%}[assistant]{% endif %}");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "chat", "--model", "chatty", "--user", " Hello 🙂 there ", "--system", "Be brief."));
        var shown = JsonDocument.Parse(host.Output).RootElement;
        var text = shown.GetProperty("text").GetString()!;
        Assert.EndsWith("[system]Be brief.[user]Hello 🙂 there[assistant]", text, StringComparison.Ordinal);
        Assert.Equal("Hello 🙂 there", shown.GetProperty("prompt").GetString());
        var (start, end) = (shown.GetProperty("characters")[0].GetInt32(), shown.GetProperty("characters")[1].GetInt32());
        Assert.Equal("Hello 🙂 there", string.Concat(text.EnumerateRunes().Skip(start).Take(end - start)));
        var span = shown.GetProperty("span");
        Assert.InRange(span[0].GetInt32(), 1, span[1].GetInt32() - 1);
        Assert.InRange(span[1].GetInt32(), 2, shown.GetProperty("ids").GetArrayLength() - 1);
    }

    [Fact]
    public async Task A_model_without_a_chat_template_is_shown_as_it_reads_a_prompt()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "chat", "--model", DemoModel, "--user", "Hello there"));
        Assert.Equal("Hello there", JsonDocument.Parse(host.Output).RootElement.GetProperty("text").GetString());
        Assert.Contains("no chat template", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hi", ExitCode.Done, "1 of 1 cases equal")]
    [InlineData("He", ExitCode.SomeFailed, "0 of 1 cases equal")]
    public async Task A_check_ends_with_1_where_a_case_differs_and_shows_it(string expected, int exit, string summary)
    {
        await File.WriteAllTextAsync(
            _temporary["check.json"],
            $$$"""{"conversations": {"c": [{"role": "user", "content": "Hi"}]}, "templates": {"t": {"template": "{{ messages[0].content }}", "cases":""" +
            $$$""" [{"conversation": "c", "add_generation_prompt": false, "expected": "{{{expected}}}"}]}} }""",
            TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(exit, await host.RunAsync("inspect", "chat", "--check", "check.json"));
        Assert.EndsWith(summary + "\n", host.Output, StringComparison.Ordinal);
        Assert.Equal(exit == ExitCode.SomeFailed, host.Output.Contains("t, c: differs from character 1 on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tokenizer_is_fetched_by_name_without_the_weights()
    {
        using var hub = new FakeHub();
        hub.Add("org/demo", "main", Directory.EnumerateFiles(DemoModel).Select(path => KeyValuePair.Create(Path.GetFileName(path), File.ReadAllBytes(path))));
        using var host = new TestHost(_temporary.FullPath, new() { ["HF_ENDPOINT"] = hub.Address.ToString(), ["HF_HOME"] = _temporary["home"] });
        Assert.Equal(ExitCode.Done, await host.RunAsync("inspect", "tokens", "--tokenizer", "org/demo", "--text", "Hello"));
        Assert.Equal("Hello", JsonDocument.Parse(host.Output).RootElement[0].GetProperty("dec").GetString());
        Assert.Empty(hub.Downloads("model.safetensors"));
    }

    private void CopyDemo(string template)
    {
        Directory.CreateDirectory(_temporary["chatty"]);
        foreach (var file in Directory.EnumerateFiles(DemoModel, "tokenizer*.json"))
        {
            File.Copy(file, Path.Combine(_temporary["chatty"], Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(_temporary["chatty"], "chat_template.jinja"), template);
    }
}
