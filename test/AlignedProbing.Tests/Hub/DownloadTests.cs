using AlignedProbing.Hub;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>What is downloaded, and where it comes to lie.</summary>
public sealed class DownloadTests : IDisposable
{
    private readonly HubFixture _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public async Task Only_the_files_needed_come_and_lie_where_Python_keeps_them()
    {
        var files = TinyRepository.Files();
        var commit = _at.Hub.Add(TinyRepository.Name, "main", files);
        var model = await _at.ResolveAsync();
        Assert.Equal((commit, "main", TinyRepository.Name), (model.Commit, model.Revision, model.Name));
        Assert.Equal(Path.Combine(_at.Repository(), "snapshots", commit), model.Folder);
        Assert.Equal(TinyRepository.Needed, Directory.EnumerateFileSystemEntries(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var name in TinyRepository.Needed)
        {
            var path = Path.Combine(model.Folder, name);
            Assert.Equal(files[name], await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            Assert.Equal(Path.Combine("..", "..", "blobs", FakeHub.HashOf(name, files[name])), new FileInfo(path).LinkTarget);
        }

        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(_at.Repository(), "refs", "main"), TestContext.Current.CancellationToken));
        Assert.Equal(TinyRepository.Needed.Sum(name => files[name].Length), model.Downloaded);
        Assert.Equal(FakeHub.Sha256(files["model.safetensors"]), model.Sha256["model.safetensors"]);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_at.Repository(), "blobs"), "*.incomplete"));
    }

    [Fact]
    public async Task What_is_there_is_not_downloaded_again()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        await _at.ResolveAsync();
        var before = _at.Hub.Requests.Count;
        var model = await _at.ResolveAsync();
        Assert.Equal(0, model.Downloaded);
        Assert.Single(_at.Hub.Requests.Skip(before));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_named_commit_that_is_complete_asks_nobody(bool sharded)
    {
        var commit = _at.Hub.Add(TinyRepository.Name, "main", sharded ? TinyRepository.Sharded() : TinyRepository.Files());
        await _at.ResolveAsync();
        var before = _at.Hub.Requests.Count;
        Assert.Equal(commit, (await _at.ResolveAsync(commit)).Commit);
        Assert.Equal(before, _at.Hub.Requests.Count);
    }

    [Fact]
    public async Task A_named_commit_of_which_something_may_be_missing_is_asked_for()
    {
        var commit = _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var model = await _at.ResolveAsync();
        File.Delete(Path.Combine(model.Folder, "generation_config.json"));
        await _at.ResolveAsync(commit);
        Assert.True(File.Exists(Path.Combine(model.Folder, "generation_config.json")));
    }

    [Fact]
    public async Task A_revision_is_fetched_beside_another_and_shares_what_they_have_in_common()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var early = _at.Hub.Add(
            TinyRepository.Name,
            "step1000",
            new Dictionary<string, byte[]>(files) { ["model.safetensors"] = TinyRepository.Bytes(1000, 9) });
        await _at.ResolveAsync();
        var model = await _at.ResolveAsync("step1000");
        Assert.Equal((early, 1000L), (model.Commit, model.Downloaded));
        Assert.Equal(early, await File.ReadAllTextAsync(Path.Combine(_at.Repository(), "refs", "step1000"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Several_files_of_weights_are_those_that_the_index_names()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Sharded());
        var model = await _at.ResolveAsync();
        Assert.Equal(
            ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            Directory.EnumerateFiles(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_safetensors_the_older_weights_come_and_without_tokenizer_json_the_older_vocabulary()
    {
        var files = TinyRepository.Files();
        files.Remove("model.safetensors");
        files.Remove("tokenizer.json");
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var model = await _at.ResolveAsync();
        Assert.Equal(
            ["pytorch_model.bin", "tokenizer.model"],
            Directory
                .EnumerateFiles(model.Folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => !name.EndsWith(".json", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_tokenizer_comes_without_weights_and_the_model_later_adds_them()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var tokenizer = await _at.ResolveAsync(files: HubFileSet.Tokenizer);
        Assert.False(File.Exists(Path.Combine(tokenizer.Folder, "model.safetensors")));
        var model = await _at.ResolveAsync(tokenizer.Commit);
        Assert.True(File.Exists(Path.Combine(model.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task An_adapter_is_its_configuration_and_its_weights()
    {
        _at.Hub.Add(
            TinyRepository.Name,
            "main",
            new Dictionary<string, byte[]>
            {
                ["adapter_config.json"] = "{}"u8.ToArray(),
                ["adapter_model.safetensors"] = [1, 2, 3],
                ["tokenizer.json"] = "{}"u8.ToArray(),
            });
        var adapter = await _at.ResolveAsync(files: HubFileSet.Adapter);
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors"],
            Directory.EnumerateFiles(adapter.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_list_without_sizes_and_hashes_is_completed_by_asking_for_each_file()
    {
        using var at = new HubFixture(statesBlobs: false);
        var files = TinyRepository.Files();
        at.Hub.Add(TinyRepository.Name, "main", files);
        var model = await at.ResolveAsync();
        Assert.Equal(
            files["model.safetensors"],
            await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
        Assert.Equal(FakeHub.Sha256(files["model.safetensors"]), model.Sha256["model.safetensors"]);
        Assert.Contains(at.Hub.Requests, request => request.Method == "HEAD");
    }

    [Fact]
    public async Task What_cannot_be_run_is_refused_before_anything_but_its_configuration_is_downloaded()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var refusal = new InputException("config-unsupported", "a", "b", "c");
        var request = _at.Request() with
        {
            CheckConfig = folder => throw (File.Exists(Path.Combine(folder, "config.json")) ? refusal : new InvalidOperationException()),
        };
        Assert.Same(refusal, await Assert.ThrowsAsync<InputException>(() => _at.ResolveAsync(request)));
        Assert.Equal(
            ["config.json"],
            _at.Hub.Requests.Where(asked => asked.Path.Contains("/resolve/", StringComparison.Ordinal)).Select(asked => Path.GetFileName(asked.Path)));
        Assert.Empty(_at.Storage.Requests);
    }

    [Fact]
    public async Task A_tokenizer_that_cannot_be_used_is_refused_before_the_weights_are_downloaded()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var refusal = new InputException("tokenizer", "a", "b", "c");
        var request = _at.Request() with
        {
            CheckBeforeWeights = folder => throw (File.Exists(Path.Combine(folder, "tokenizer.json")) ? refusal : new InvalidOperationException()),
        };
        Assert.Same(refusal, await Assert.ThrowsAsync<InputException>(() => _at.ResolveAsync(request)));
        Assert.Empty(_at.Hub.Downloads("model.safetensors"));
    }

    [Fact]
    public async Task Progress_ends_at_the_sum_of_all_files_and_counts_what_was_there()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var reports = new Reports();
        await _at.ResolveAsync(_at.Request() with { Progress = reports });
        var total = TinyRepository.Needed.Sum(name => (long)files[name].Length);
        Assert.Equal(new StageProgress("download", total, total, "bytes", files["config.json"].Length), reports.Seen[^1]);
        Assert.Equal(files["config.json"].Length, reports.Seen[0].Done);
    }

    [Fact]
    public async Task A_disk_that_cannot_hold_it_is_an_error_before_the_download()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        _at.Options = _at.Options with { FreeSpace = _ => 200_000 };
        var error = await _at.FailsAsync("hub-no-space");
        Assert.Contains("300 kB are to be downloaded and 200 kB are free", error.Message, StringComparison.Ordinal);
        Assert.Empty(_at.Hub.Downloads("model.safetensors"));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_made_is_an_error_that_names_it()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        Directory.CreateDirectory(Path.GetDirectoryName(_at.Options.CacheFolder)!);
        await File.WriteAllTextAsync(_at.Options.CacheFolder, "a file", TestContext.Current.CancellationToken);
        Assert.Contains(_at.Options.CacheFolder, (await _at.FailsAsync("hub-cache")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_in_which_nothing_can_be_noted_is_still_one()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        Directory.CreateDirectory(_at.Repository());
        await File.WriteAllTextAsync(Path.Combine(_at.Repository(), ".no_exist"), "in the way", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_at.Repository(), "refs"), "in the way", TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Path.Combine((await _at.ResolveAsync()).Folder, "model.safetensors")));
    }

    [Fact]
    public async Task Where_links_are_not_possible_the_files_themselves_lie_there()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add(TinyRepository.Name, "main", files);
        _at.Options = _at.Options with { Link = (_, _) => false };
        var model = await _at.ResolveAsync();
        Assert.Null(new FileInfo(Path.Combine(model.Folder, "model.safetensors")).LinkTarget);
        Assert.Equal(
            files["model.safetensors"],
            await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
        Assert.Equal(0, (await _at.ResolveAsync()).Downloaded);
    }

    [Fact]
    public async Task Two_that_ask_for_one_model_at_once_download_it_once()
    {
        var files = TinyRepository.Files(3_000_000);
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var models = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _at.ResolveAsync())));
        Assert.All(models, model => Assert.Equal(files["model.safetensors"], File.ReadAllBytes(Path.Combine(model.Folder, "model.safetensors"))));
        Assert.Single(_at.Hub.Downloads("model.safetensors"));
    }

    [Fact]
    public async Task Not_more_files_than_asked_come_at_once()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Sharded());
        var (now, most) = (0, 0);
        _at.Storage.Instead = _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            Thread.Sleep(30);
            Interlocked.Decrement(ref now);
            return null;
        };
        _at.Options = _at.Options with { Parallel = 1 };
        await _at.ResolveAsync();
        Assert.Equal(1, most);
    }

    private sealed class Reports : IProgress<StageProgress>
    {
        public List<StageProgress> Seen { get; } = [];

        public void Report(StageProgress value) => Seen.Add(value);
    }
}
