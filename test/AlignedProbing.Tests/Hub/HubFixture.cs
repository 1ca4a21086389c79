using AlignedProbing.Hub;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>A Hub, a cache, and what was said.</summary>
internal sealed class HubFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FakeHub Storage { get; } = new();

    public FakeHub Hub { get; }

    public List<string> Said { get; } = [];

    public HubFixture(bool statesBlobs = true)
    {
        Hub = new FakeHub { Storage = Storage, StatesBlobs = statesBlobs };
        Options = new HubOptions
        {
            CacheFolder = _folder["hub"],
            Endpoint = Hub.Address,
            FirstPause = TimeSpan.FromMilliseconds(1),
            Silence = TimeSpan.FromSeconds(20),
            Attempts = 4,
        };
    }

    public HubOptions Options { get; set; }

    public string Repository(string name = TinyRepository.Name) =>
        Path.Combine(Options.CacheFolder, "models--" + name.Replace("/", "--", StringComparison.Ordinal));

    public HubRequest Request(string? revision = null, HubFileSet files = HubFileSet.Model) => new(TinyRepository.Name, revision) { Files = files, Say = Say };

    public Task<HubModel> ResolveAsync(string? revision = null, HubFileSet files = HubFileSet.Model) => ResolveAsync(Request(revision, files));

    public Task<HubModel> ResolveAsync(HubRequest request) => HubModels.ResolveAsync(request, Options, TestContext.Current.CancellationToken);

    /// <summary>The error's code; the message is checked to hold what it should.</summary>
    public async Task<InputException> FailsAsync(string code, string? revision = null, HubFileSet files = HubFileSet.Model)
    {
        var error = await Assert.ThrowsAsync<InputException>(() => ResolveAsync(revision, files));
        Assert.Equal(code, error.Code);
        return error;
    }

    public void Dispose()
    {
        Hub.Dispose();
        Storage.Dispose();
        _folder.Dispose();
    }

    private void Say(string line)
    {
        lock (Said)
        {
            Said.Add(line);
        }
    }
}
