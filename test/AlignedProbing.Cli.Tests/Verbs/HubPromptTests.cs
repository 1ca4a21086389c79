using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Prompt sets by name, from a Hub on loopback.</summary>
public sealed class HubPromptTests : IDisposable
{
    private const string Name = "org/prompts";

    private readonly TemporaryFolder _temporary = new();
    private readonly FakeHub _hub = new();
    private readonly Dictionary<string, string> _variables;

    public HubPromptTests() =>
        _variables = new Dictionary<string, string> { ["HF_ENDPOINT"] = _hub.Address.ToString(), ["HF_HOME"] = _temporary["home"] };

    public void Dispose()
    {
        _hub.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task A_data_set_with_one_file_of_rows_is_read_by_its_name_alone_and_the_manifest_says_which()
    {
        var commit = Add("main", ("prompts.jsonl", Rows), ("README.md", "# Prompts"), ("dataset_infos.json", "{}"));
        var (prompts, said) = await EncodeAsync("run");
        Assert.Equal(Name, prompts.GetProperty("name").GetString());
        Assert.Equal("prompts.jsonl", prompts.GetProperty("file").GetString());
        Assert.Equal("main", prompts.GetProperty("revision").GetString());
        Assert.Equal(commit, prompts.GetProperty("commit").GetString());
        Assert.Equal(FakeHub.Sha256(Encoding.UTF8.GetBytes(Rows)), prompts.GetProperty("sha256").GetString());
        Assert.Equal(2, prompts.GetProperty("prompts").GetInt32());
        // The size is told before the first byte of it.
        Assert.Contains(
            $"org/prompts: main is commit {commit[..12]}; downloading prompts.jsonl, {Encoding.UTF8.GetByteCount(Rows)} bytes", said, StringComparison.Ordinal);
        Assert.True(File.Exists(_temporary[$"home/hub/datasets--org--prompts/snapshots/{commit}/prompts.jsonl"]));
        Assert.Single(_hub.Downloads("prompts.jsonl"));
        Assert.Empty(_hub.Downloads("README.md"));
    }

    [Fact]
    public async Task A_run_goes_on_with_its_commit_when_the_branch_has_moved_and_without_a_network()
    {
        Add("main", ("prompts.jsonl", Rows));
        var (first, _) = await EncodeAsync("run");
        Add("main", ("prompts.jsonl", Rows + Rows));
        var (again, said) = await EncodeAsync("run");
        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Contains("in the cache", said, StringComparison.Ordinal);
        var (other, _) = await EncodeAsync("another");
        Assert.NotEqual(first.GetProperty("commit").GetString(), other.GetProperty("commit").GetString());
        _variables["HF_HUB_OFFLINE"] = "1";
        var requests = _hub.Requests.Count;
        await EncodeAsync("offline");
        Assert.Equal(requests, _hub.Requests.Count);
    }

    [Fact]
    public async Task Of_several_files_one_has_to_be_named_and_may_lie_in_a_folder_and_be_compressed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write("text,label\nThe road,1\nThe sea,0\n"u8);
        }

        _hub.Add($"datasets/{Name}", "main", [new("data/a.jsonl", Encoding.UTF8.GetBytes(Rows)), new("data/b.csv.gz", packed.ToArray())]);
        var (exit, error) = await RunAsync("--prompts", Name);
        Assert.Equal(ExitCode.WrongInput, exit);
        Assert.Contains("it has 2 files that can be read, and none was named; it has data/a.jsonl, data/b.csv.gz", error, StringComparison.Ordinal);
        Assert.Contains("explain hub-data-file", error, StringComparison.Ordinal);
        var (wrong, wrongError) = await RunAsync("--prompts", Name, "--prompts-file", "data/c.jsonl");
        Assert.Equal(ExitCode.WrongInput, wrong);
        Assert.Contains("it has no file data/c.jsonl", wrongError, StringComparison.Ordinal);
        var (prompts, _) = await EncodeAsync("run", "--prompts-file", "data/b.csv.gz");
        Assert.Equal("data/b.csv.gz", prompts.GetProperty("file").GetString());
        Assert.Equal(2, prompts.GetProperty("prompts").GetInt32());
    }

    [Fact]
    public async Task A_revision_is_asked_for_by_its_name()
    {
        var commit = _hub.Add($"datasets/{Name}", "refs/convert/old", [new("prompts.txt", "One\nTwo\n"u8.ToArray())]);
        var (prompts, _) = await EncodeAsync("run", "--prompts-revision", "refs/convert/old");
        Assert.Equal(("refs/convert/old", commit), (prompts.GetProperty("revision").GetString(), prompts.GetProperty("commit").GetString()));
        var (exit, error) = await RunAsync("--prompts", Name, "--prompts-revision", "other");
        Assert.Equal(ExitCode.WrongInput, exit);
        Assert.Contains("the data set is there and has no such branch, tag or commit", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org/absent", "there is no such data set there")]
    [InlineData("org/absent.jsonl", "there is no such file")]
    [InlineData("absent.jsonl", "there is no such file")]
    public async Task What_is_neither_a_file_nor_a_name_that_the_Hub_knows_is_an_error(string prompts, string found)
    {
        Add("main", ("prompts.jsonl", Rows));
        var (exit, error) = await RunAsync("--prompts", prompts);
        Assert.Equal(ExitCode.WrongInput, exit);
        Assert.Contains(found, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_that_name_wins_and_has_no_revisions()
    {
        Directory.CreateDirectory(_temporary["org"]);
        await File.WriteAllTextAsync(_temporary["org/prompts"], "One\nTwo\n", TestContext.Current.CancellationToken);
        var (prompts, _) = await EncodeAsync("run");
        Assert.False(prompts.TryGetProperty("commit", out _));
        Assert.Empty(_hub.Requests);
        var (exit, error) = await RunAsync("--prompts", Name, "--prompts-revision", "main");
        Assert.Equal(ExitCode.WrongInput, exit);
        Assert.Contains("it is a file here", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_download_is_no_prompt_set()
    {
        Add("main", ("prompts.jsonl", Rows));
        _hub.Instead = request => request.Method == "GET" && request.Path.EndsWith("/prompts.jsonl", StringComparison.Ordinal)
            ? new FakeAnswer { Body = Encoding.UTF8.GetBytes(Rows.Replace("road", "ro4d", StringComparison.Ordinal)) }
            : null;
        var (exit, error) = await RunAsync("--prompts", Name);
        Assert.Equal(ExitCode.SomeFailed, exit);
        Assert.Contains("explain hub-corrupted", error, StringComparison.Ordinal);
    }

    private const string Rows = """
        {"prompt": {"text": "The road", "toxicity": 0.1}}
        {"prompt": {"text": "The sea", "toxicity": 0.2}}

        """;

    private string Add(string revision, params (string Name, string Text)[] files) =>
        _hub.Add($"datasets/{Name}", revision, files.Select(file => new KeyValuePair<string, byte[]>(file.Name, Encoding.UTF8.GetBytes(file.Text))));

    private async Task<(int Exit, string Error)> RunAsync(params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath, _variables);
        var exit = await host.RunAsync(
            ["encode", "--model", Path.Combine(AppContext.BaseDirectory, "Demo", "model"), "--samples", "1", "--max-new-tokens", "1", .. arguments]);
        return (exit, host.Error);
    }

    private async Task<(JsonElement Prompts, string Said)> EncodeAsync(string output, params string[] more)
    {
        var (exit, error) = await RunAsync(["--prompts", Name, "--output", output, .. more]);
        Assert.True(exit == ExitCode.Done, error);
        var manifest = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(_temporary[output], "manifest.json"), TestContext.Current.CancellationToken));
        return (manifest.RootElement.GetProperty("prompts"), error);
    }
}
