using AlignedProbing.Hub;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>What the cache gives without a network.</summary>
public sealed class OfflineTests : IDisposable
{
    private readonly HubFixture _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public async Task Offline_the_cache_is_used_and_nobody_is_asked()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var online = await _at.ResolveAsync();
        var before = _at.Hub.Requests.Count;
        _at.Options = _at.Options with { Offline = true };
        var offline = await _at.ResolveAsync();
        Assert.Equal((online.Folder, online.Commit, 0L), (offline.Folder, offline.Commit, offline.Downloaded));
        Assert.Equal(online.Sha256, offline.Sha256);
        Assert.Equal(before, _at.Hub.Requests.Count);
    }

    [Fact]
    public async Task Offline_a_model_that_is_not_in_the_cache_is_an_error()
    {
        _at.Options = _at.Options with { Offline = true };
        Assert.Contains("HF_HUB_OFFLINE", (await _at.FailsAsync("hub-offline")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_a_model_that_was_not_downloaded_to_the_end_is_an_error_that_names_what_is_missing()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Sharded());
        var model = await _at.ResolveAsync();
        File.Delete(Path.Combine(model.Folder, "model-00002-of-00002.safetensors"));
        _at.Options = _at.Options with { Offline = true };
        Assert.Contains("model-00002-of-00002.safetensors", (await _at.FailsAsync("hub-offline")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_network_the_copy_in_the_cache_is_used_and_that_is_said()
    {
        var commit = _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        await _at.ResolveAsync();
        _at.Hub.Dispose();
        Assert.Equal(commit, (await _at.ResolveAsync()).Commit);
        Assert.Contains(_at.Said, line => line.Contains("the copy of 'org/tiny' in the cache is used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_network_and_without_a_copy_it_is_an_error_at_once()
    {
        _at.Hub.Dispose();
        var error = await _at.FailsAsync("hub-unreachable");
        Assert.Contains("no connection", error.Message, StringComparison.Ordinal);
        Assert.Empty(_at.Said);
    }

    // The layout as huggingface_hub leaves it, files as links to blobs, written here by hand.
    [Fact]
    public async Task A_model_that_Python_downloaded_is_found()
    {
        var files = TinyRepository.Files();
        var commit = _at.Hub.Add(TinyRepository.Name, "main", files);
        var (blobs, snapshot) = (Path.Combine(_at.Repository(), "blobs"), Path.Combine(_at.Repository(), "snapshots", commit));
        Directory.CreateDirectory(blobs);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(_at.Repository(), "refs"));
        await File.WriteAllTextAsync(Path.Combine(_at.Repository(), "refs", "main"), commit, TestContext.Current.CancellationToken);
        foreach (var name in TinyRepository.Needed)
        {
            var hash = FakeHub.HashOf(name, files[name]);
            await File.WriteAllBytesAsync(Path.Combine(blobs, hash), files[name], TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(Path.Combine(snapshot, name), Path.Combine("..", "..", "blobs", hash));
        }

        Assert.Equal(0, (await _at.ResolveAsync()).Downloaded);
        Assert.Single(_at.Hub.Requests);
        _at.Options = _at.Options with { Offline = true };
        Assert.Equal(snapshot, (await _at.ResolveAsync()).Folder);
    }

    [Fact]
    public async Task A_link_into_nothing_and_a_file_of_another_size_are_replaced()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var model = await _at.ResolveAsync();
        File.Delete(Path.Combine(_at.Repository(), "blobs", FakeHub.HashOf("config.json", files["config.json"])));
        await File.WriteAllTextAsync(
            Path.Combine(_at.Repository(), "blobs", FakeHub.Sha256(files["model.safetensors"])),
            "short",
            TestContext.Current.CancellationToken);
        await _at.ResolveAsync();
        Assert.Equal(files["config.json"], await File.ReadAllBytesAsync(Path.Combine(model.Folder, "config.json"), TestContext.Current.CancellationToken));
        Assert.Equal(
            files["model.safetensors"],
            await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_the_repository_does_not_have_is_marked_as_Python_marks_it()
    {
        var commit = _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        await _at.ResolveAsync();
        Assert.True(File.Exists(Path.Combine(_at.Repository(), ".no_exist", commit, "chat_template.jinja")));
        Assert.False(File.Exists(Path.Combine(_at.Repository(), ".no_exist", commit, "config.json")));
    }

    [Fact]
    public async Task A_blob_that_another_process_holds_is_waited_for()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var path = Path.Combine(_at.Options.CacheFolder, ".locks", "models--org--tiny", FakeHub.Sha256(files["model.safetensors"]) + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Task<HubModel> waiting;
        await using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            waiting = _at.ResolveAsync();
            await Task.Delay(500, TestContext.Current.CancellationToken);
            Assert.False(waiting.IsCompleted);
            Assert.Empty(_at.Storage.Requests);
        }

        await waiting;
    }
}
