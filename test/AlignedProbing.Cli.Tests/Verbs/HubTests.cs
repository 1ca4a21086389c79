using System.Text.Json;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Models by name, from a Hub on loopback that serves the demo model.</summary>
public sealed class HubTests : IDisposable
{
    private const string Name = "org/demo";

    private readonly TemporaryFolder _temporary = new();
    private readonly FakeHub _storage = new();
    private readonly FakeHub _hub;
    private readonly Dictionary<string, string> _variables;

    public HubTests()
    {
        _hub = new FakeHub { Storage = _storage };
        _variables = new Dictionary<string, string> { ["HF_ENDPOINT"] = _hub.Address.ToString(), ["HF_HOME"] = _temporary["home"], ["HF_TOKEN"] = "hf_secret" };
        _hub.Add(Name, "main", ModelFiles());
    }

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task A_model_is_fetched_by_name_and_its_run_is_that_of_its_folder_with_the_commit_beside_it()
    {
        var (byName, said) = await EncodeAsync(Name, "by-name");
        var (byFolder, _) = await EncodeAsync(Path.Combine(AppContext.BaseDirectory, "Demo", "model"), "by-folder");
        Assert.Equal(Name, byName.GetProperty("name").GetString());
        Assert.Equal("main", byName.GetProperty("revision").GetString());
        Assert.Equal(40, byName.GetProperty("commit").GetString()!.Length);
        Assert.Equal(byFolder.GetProperty("sha256").GetRawText(), byName.GetProperty("sha256").GetRawText());
        Assert.Contains("download: ", said, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "hf_secret",
            said + await File.ReadAllTextAsync(Path.Combine(_temporary["by-name"], "manifest.json"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(_temporary["by-folder"], "encodings", "00000", "output.mean.npy"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(_temporary["by-name"], "encodings", "00000", "output.mean.npy"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_run_goes_on_with_its_commit_when_the_branch_has_moved_and_without_a_network()
    {
        var (first, _) = await EncodeAsync(Name, "run");
        _hub.Add(Name, "main", ModelFiles().Append(new("special_tokens_map.json", "{}"u8.ToArray())));
        var requests = _hub.Requests.Count;
        var (again, said) = await EncodeAsync(Name, "run");
        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Contains("1 were there", said, StringComparison.Ordinal);
        Assert.Equal(requests, _hub.Requests.Count);
        var (other, _) = await EncodeAsync(Name, "another");
        Assert.NotEqual(first.GetProperty("commit").GetString(), other.GetProperty("commit").GetString());
    }

    [Fact]
    public async Task A_model_that_cannot_be_run_is_refused_before_its_weights()
    {
        var files = ModelFiles();
        files["config.json"] = """{"model_type": "unheard_of"}"""u8.ToArray();
        _hub.Add("org/unheard-of", "main", files);
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", "org/unheard-of", "--prompts", "demo"));
        Assert.Contains("docs/errors/model-type-unknown.md", host.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["config.json"],
            _hub.Requests.Where(request => request.Path.Contains("/resolve/", StringComparison.Ordinal)).Select(request => Path.GetFileName(request.Path)));
    }

    [Fact]
    public async Task A_device_that_is_not_here_is_told_before_the_download()
    {
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", Name, "--prompts", "demo", "--device", "cuda:99"));
        Assert.Contains("docs/errors/device-unavailable.md", host.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads("model.safetensors"));
    }

    [Theory]
    [InlineData("org/absent", "hub-not-found")]
    [InlineData("./absent", "model-missing")]
    [InlineData("a/b/c", "model-missing")]
    public async Task What_is_neither_a_folder_nor_a_name_that_the_Hub_knows_is_an_error(string model, string code)
    {
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", model, "--prompts", "demo"));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_wins_over_a_name_and_has_no_revisions()
    {
        Directory.CreateDirectory(Path.Combine(_temporary.FullPath, "org", "demo"));
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", Name, "--prompts", "demo"));
        Assert.Contains("the folder has no config.json", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", Name, "--prompts", "demo", "--revision", "step1"));
        Assert.Contains("is a folder here", host.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public async Task A_file_that_was_damaged_in_the_cache_is_named()
    {
        await EncodeAsync(Name, "first");
        var blob = Path.Combine(_temporary["home"], "hub", "models--org--demo", "blobs", FakeHub.Sha256(ModelFiles()["model.safetensors"]));
        var bytes = await File.ReadAllBytesAsync(blob, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes, TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.SomeFailed, await host.RunAsync("encode", "--model", Name, "--prompts", "demo"));
        Assert.Contains($"Delete '{blob}'", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revisions_of_one_model_do_not_share_a_run_folder()
    {
        _hub.Add(Name, "step1000", ModelFiles());
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync(
                "encode",
                "--model",
                Name,
                "--revision",
                "step1000",
                "--prompts",
                "demo",
                "--limit",
                "4",
                "--samples",
                "1",
                "--max-new-tokens",
                "1"));
        Assert.True(Directory.Exists(Path.Combine(_temporary.FullPath, "runs", "demo-step1000-demo")));
    }

    [Fact]
    public async Task A_classifier_is_fetched_by_name_with_its_progress_and_can_be_interrupted()
    {
        _hub.Add(
            "org/toxic",
            "main",
            new Dictionary<string, byte[]>
            {
                ["config.json"] = await File.ReadAllBytesAsync(
                    SharedData.Path("goldens", "classifiers", "bert", "config.json"),
                    TestContext.Current.CancellationToken),
                ["model.safetensors"] = new byte[1_000_000],
                ["vocab.txt"] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"u8.ToArray(),
            });
        await File.WriteAllTextAsync(_temporary["texts.txt"], "hello\n", TestContext.Current.CancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _storage.Instead = request =>
        {
            stop.CancelAfter(TimeSpan.FromMilliseconds(200));
            return new FakeAnswer { Body = new byte[1_000_000], CutAfter = 400_000, FallsSilent = true };
        };
        using var host = new TestHost(_temporary.FullPath, _variables);
        var exit = await CommandLine.RunAsync(["score", "--texts", "texts.txt", "--scorer", "org/toxic"], host.Host, stop.Token);
        Assert.True(exit == ExitCode.Interrupted, host.Error);
        Assert.Contains("org/toxic: main is commit", host.Error, StringComparison.Ordinal);
        Assert.Contains("download: ", host.Error, StringComparison.Ordinal);
        Assert.Equal(400_000, new FileInfo(Assert.Single(Directory.EnumerateFiles(_temporary["home"], "*.incomplete", SearchOption.AllDirectories))).Length);
    }

    [Fact]
    public async Task An_adapter_is_fetched_by_name_and_its_run_goes_on_with_its_commit_when_the_branch_has_moved()
    {
        _hub.Add("org/adapter", "main", AdapterFiles("""{"peft_type": "LORA", "r": 1, "lora_alpha": 2, "target_modules": ["v_proj"]}"""));
        var (plain, _) = await EncodeAsync(Name, "plain");
        var (first, said) = await EncodeAsync(Name, "run", "--adapter", "org/adapter");
        var adapter = first.GetProperty("adapter");
        Assert.False(plain.TryGetProperty("adapter", out _));
        Assert.Contains("org/adapter: main is commit", said, StringComparison.Ordinal);
        Assert.Equal("org/adapter", adapter.GetProperty("name").GetString());
        Assert.Equal(40, adapter.GetProperty("commit").GetString()!.Length);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], adapter.GetProperty("sha256").EnumerateObject().Select(file => file.Name));
        Assert.NotEqual(
            await File.ReadAllBytesAsync(Path.Combine(_temporary["plain"], "encodings", "00000", "output.mean.npy"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(_temporary["run"], "encodings", "00000", "output.mean.npy"), TestContext.Current.CancellationToken));

        _hub.Add("org/adapter", "main", AdapterFiles("""{"peft_type": "LORA", "r": 1, "lora_alpha": 3, "target_modules": ["v_proj"]}"""));
        var (again, _) = await EncodeAsync(Name, "run", "--adapter", "org/adapter");
        Assert.Equal(first.GetRawText(), again.GetRawText());
        var (other, _) = await EncodeAsync(Name, "another", "--adapter", "org/adapter");
        Assert.NotEqual(adapter.GetProperty("commit").GetString(), other.GetProperty("adapter").GetProperty("commit").GetString());
    }

    [Fact]
    public async Task An_adapter_that_cannot_be_used_is_refused_before_its_weights_and_before_the_model()
    {
        _hub.Add("org/prefix", "main", AdapterFiles("""{"peft_type": "PREFIX_TUNING"}"""));
        using var host = new TestHost(_temporary.FullPath, _variables);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--model", Name, "--adapter", "org/prefix", "--prompts", "demo"));
        Assert.Contains("docs/errors/adapter-unsupported.md", host.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads("adapter_model.safetensors"));
        Assert.Empty(_hub.Downloads("model.safetensors"));
    }

    private static Dictionary<string, byte[]> AdapterFiles(string config) =>
        new() { ["adapter_config.json"] = System.Text.Encoding.UTF8.GetBytes(config), ["adapter_model.safetensors"] = WeightOptionsTests.AdapterBytes() };

    private static Dictionary<string, byte[]> ModelFiles() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Demo", "model")).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    private async Task<(JsonElement Model, string Said)> EncodeAsync(string model, string output, params string[] more)
    {
        using var host = new TestHost(_temporary.FullPath, _variables);
        var exit = await host.RunAsync([
            "encode",
            "--model",
            model,
            "--prompts",
            "demo",
            "--limit",
            "4",
            "--samples",
            "1",
            "--max-new-tokens",
            "3",
            "--output",
            output,
            .. more,
        ]);
        Assert.True(exit == ExitCode.Done, host.Error);
        var manifest = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(_temporary[output], "manifest.json"), TestContext.Current.CancellationToken));
        return (manifest.RootElement.GetProperty("model"), host.Error);
    }
}
