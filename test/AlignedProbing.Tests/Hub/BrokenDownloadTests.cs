using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>Connections that break, fall silent, or bring something else, and servers that are busy.</summary>
public sealed class BrokenDownloadTests : IDisposable
{
    private readonly HubFixture _at = new();
    private readonly Dictionary<string, byte[]> _files = TinyRepository.Files();

    public BrokenDownloadTests() => _at.Hub.Add(TinyRepository.Name, "main", _files);

    private byte[] Weights => _files["model.safetensors"];

    private string Incomplete => Path.Combine(_at.Repository(), "blobs", FakeHub.Sha256(Weights) + ".incomplete");

    public void Dispose() => _at.Dispose();

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_was()
    {
        Storage((request, served) => served < 3 ? Cut(request, 80_000) : null);
        var model = await _at.ResolveAsync();
        Assert.Equal([null, "bytes=80000-", "bytes=160000-", "bytes=240000-"], Ranges());
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
        Assert.Equal(Weights.Length, model.Downloaded - TinyRepository.Needed.Where(name => name != "model.safetensors").Sum(name => _files[name].Length));
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_gone_on_with_and_still_checked()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        await File.WriteAllBytesAsync(Incomplete, Weights[..200_001], TestContext.Current.CancellationToken);
        await _at.ResolveAsync();
        Assert.Equal(["bytes=200001-"], Ranges());
    }

    [Fact]
    public async Task A_beginning_that_was_damaged_on_the_disk_is_noticed_and_all_is_fetched_again()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        await File.WriteAllBytesAsync(Incomplete, new byte[200_000], TestContext.Current.CancellationToken);
        var model = await _at.ResolveAsync();
        Assert.Equal(["bytes=200000-", null], Ranges());
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
        Assert.Contains(_at.Said, line => line.Contains("another hash", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_cannot_go_on_starts_from_the_beginning()
    {
        Storage((request, served) => served == 0 ? Cut(request, 100_000) : new FakeAnswer { Body = Weights });
        var model = await _at.ResolveAsync();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_that_goes_on_somewhere_else_is_not_believed()
    {
        Storage(
            (request, served) =>
                served switch
                {
                    0 => Cut(request, 100_000),
                    1 => new FakeAnswer
                    {
                        Status = 206,
                        Body = Weights[90_000..],
                        Headers = new() { ["Content-Range"] = $"bytes 90000-{Weights.Length - 1}/{Weights.Length}" },
                    },
                    _ => null,
                });
        var model = await _at.ResolveAsync();
        Assert.Equal([null, "bytes=100000-", null], Ranges());
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_that_always_breaks_at_the_same_place_is_given_up_on_and_what_came_is_kept()
    {
        Storage((request, _) => new FakeAnswer { Body = Weights, CutAfter = 100_000 });
        var error = await _at.FailsAsync("hub-unreachable");
        Assert.Contains("goes on where it was", error.Message, StringComparison.Ordinal);
        Assert.InRange(_at.Storage.Requests.Count, _at.Options.Attempts, 2 * _at.Options.Attempts);
        Assert.True(new FileInfo(Incomplete).Length > 0);
        Assert.False(File.Exists(Path.Combine(_at.Repository(), "refs", "main")));
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_given_up_and_taken_up_again()
    {
        _at.Options = _at.Options with { Silence = TimeSpan.FromMilliseconds(300) };
        Storage((request, served) => served == 0 ? new FakeAnswer { Body = Weights, CutAfter = 100_000, FallsSilent = true } : null);
        await _at.ResolveAsync();
        Assert.Equal([null, "bytes=100000-"], Ranges());
        Assert.Contains(_at.Said, line => line.Contains("no answer for 0.3 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_not_those_stated_are_an_error_after_a_second_time_and_nothing_of_them_is_kept()
    {
        Storage((request, _) => new FakeAnswer { Body = [.. Weights[..^1], (byte)(Weights[^1] ^ 1)] });
        var error = await _at.FailsAsync("hub-corrupted");
        Assert.Contains("another hash", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _at.Storage.Requests.Count);
        Assert.False(File.Exists(Incomplete));
        Assert.DoesNotContain(FakeHub.Sha256(Weights), Directory.EnumerateFiles(Path.GetDirectoryName(Incomplete)!).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task A_small_file_that_is_not_the_one_stated_is_an_error_as_well()
    {
        _at.Hub.Instead = request =>
            request.Path.EndsWith("/tokenizer.json", StringComparison.Ordinal) ? new FakeAnswer { Body = TinyRepository.Utf8("""{"version": "2.0"}""") } : null;
        Assert.Contains("'tokenizer.json'", (await _at.FailsAsync("hub-corrupted")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_bytes_than_stated_are_not_written()
    {
        Storage((request, _) => new FakeAnswer { Body = [.. Weights, .. new byte[1_000_000]] });
        Assert.Contains("more than the 300000 bytes", (await _at.FailsAsync("hub-corrupted")).Message, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(Incomplete).Length, 0, Weights.Length);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_busy_server_is_asked_again(int status)
    {
        var refused = 0;
        _at.Hub.Instead = _ => Interlocked.Increment(ref refused) <= 2 ? FakeHub.Refusal(status, null) : null;
        await _at.ResolveAsync();
        Assert.Equal(2, _at.Said.Count(line => line.Contains("trying again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_busy_server_is_not_asked_without_end()
    {
        _at.Hub.Instead = _ => FakeHub.Refusal(502, null);
        Assert.Contains("the server answers 502", (await _at.FailsAsync("hub-unreachable")).Message, StringComparison.Ordinal);
        Assert.Equal(_at.Options.Attempts, _at.Hub.Requests.Count);
    }

    [Theory]
    [InlineData("Retry-After", "1")]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=1")]
    public async Task The_pause_that_the_Hub_asks_for_is_kept(string header, string value)
    {
        var refused = 0;
        _at.Hub.Instead = _ => Interlocked.Increment(ref refused) == 1 ? new FakeAnswer { Status = 429, Headers = new() { [header] = value } } : null;
        var start = TimeProvider.System.GetTimestamp();
        await _at.ResolveAsync();
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task A_pause_that_is_too_long_is_an_error_that_says_how_long()
    {
        _at.Hub.Instead = _ => new FakeAnswer { Status = 429, Headers = new() { ["Retry-After"] = "7200" } };
        Assert.Contains("120 minutes", (await _at.FailsAsync("hub-rate-limited")).Message, StringComparison.Ordinal);
        Assert.Single(_at.Hub.Requests);
    }

    [Fact]
    public async Task Stopping_keeps_what_came()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Storage((request, _) => new FakeAnswer { Body = Weights, CutAfter = 150_000, FallsSilent = true });
        var download = AlignedProbing.Hub.HubModels.ResolveAsync(_at.Request(), _at.Options, stop.Token);
        while (!File.Exists(Incomplete) || new FileInfo(Incomplete).Length < 150_000)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        Assert.Equal(150_000, new FileInfo(Incomplete).Length);
        Storage((_, _) => null);
        await _at.ResolveAsync();
        Assert.Equal("bytes=150000-", Ranges()[^1]);
    }

    private void Storage(Func<FakeRequest, int, FakeAnswer?> answer)
    {
        var served = -1;
        _at.Storage.Instead = request => answer(request, Interlocked.Increment(ref served));
    }

    private FakeAnswer Cut(FakeRequest request, int after) => FakeHub.Bytes(request, Weights, []) with { CutAfter = after };

    private string?[] Ranges() => [.. _at.Storage.Requests.Select(request => request.Headers.GetValueOrDefault("Range"))];
}
