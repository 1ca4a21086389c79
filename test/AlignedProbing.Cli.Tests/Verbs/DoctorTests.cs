using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>doctor</c>: a line for each thing that runs need, and never a secret.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Token = "hf_NobodyMaySeeThisToken";

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData(HttpStatusCode.OK, "ok", "valid", ExitCode.Done)]
    [InlineData(HttpStatusCode.Unauthorized, "fails", "the Hub does not take it", ExitCode.SomeFailed)]
    public async Task The_token_is_asked_about_and_never_shown(HttpStatusCode answer, string state, string found, int code)
    {
        using var hub = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort()}/";
        hub.Prefixes.Add(address);
        hub.Start();
        var asked = AnswerAsync(hub, answer);
        var (exit, lines, output) = await ExamineAsync(new() { ["HF_ENDPOINT"] = address, ["HF_TOKEN"] = Token });
        Assert.Equal($"Bearer {Token}", await asked);
        Assert.Equal((state, found), lines["Hub token"]);
        Assert.Equal(code, exit);
        Assert.DoesNotContain(Token, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_set_up_and_does_not_work_fails_by_name_and_what_is_absent_is_a_note()
    {
        Directory.CreateDirectory(_temporary["work"]);
        await File.WriteAllTextAsync(
            _temporary["work/.env"],
            $"REDIS_SERVER=127.0.0.1\nREDIS_PORT={FreePort()}\nREDIS_PASSWORD=not-to-be-seen\nENCODNG_PATH=elsewhere\nCACHE_PATH=cache\n",
            TestContext.Current.CancellationToken);
        var (exit, lines, output) = await ExamineAsync(new() { ["HF_ENDPOINT"] = $"http://127.0.0.1:{FreePort()}" });
        Assert.Equal(ExitCode.SomeFailed, exit);
        Assert.Equal("fails", lines["Redis"].State);
        Assert.Equal("note", lines["Hub"].State);
        Assert.Contains("cannot be asked", lines["Hub"].Found, StringComparison.Ordinal);
        Assert.Equal("ok", lines["file system"].State);
        Assert.Contains("REDIS_PASSWORD", lines[".env"].Found, StringComparison.Ordinal);
        Assert.Contains("cache", lines["CACHE_PATH"].Found, StringComparison.Ordinal);
        Assert.Contains("Did you mean ENCODING_PATH?", output, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-seen", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_temporary["work"]), entry => Path.GetFileName(entry) != ".env");
    }

    [Fact]
    public void A_folder_that_takes_no_files_is_told_by_what_fails()
    {
        File.WriteAllText(_temporary["file"], "");
        var tried = FolderTrial.Of(Path.Combine(_temporary["file"], "below"));
        Assert.All(tried, trial => Assert.NotNull(trial.Fault));
        Assert.Equal("write", tried[0].What);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string?> AnswerAsync(HttpListener hub, HttpStatusCode answer)
    {
        var context = await hub.GetContextAsync();
        context.Response.StatusCode = (int)answer;
        context.Response.Close(Encoding.UTF8.GetBytes("""{"name": "somebody"}"""), willBlock: false);
        return context.Request.Headers["Authorization"];
    }

    private async Task<(int Exit, Dictionary<string, (string State, string Found)> Lines, string Output)> ExamineAsync(Dictionary<string, string> variables)
    {
        Directory.CreateDirectory(_temporary["work"]);
        using var host = new TestHost(_temporary["work"], variables);
        var exit = await host.RunAsync("doctor", "--json");
        var lines = JsonDocument.Parse(host.Output).RootElement.EnumerateArray().ToDictionary(
            line => line.GetProperty("subject").GetString()!,
            line => (line.GetProperty("state").GetString()!, line.GetProperty("found").GetString()!));
        return (exit, lines, host.Output + host.Error);
    }
}
