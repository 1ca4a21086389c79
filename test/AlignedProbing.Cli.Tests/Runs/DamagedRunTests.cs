using System.Text.Json;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>
/// A run folder that was changed or damaged after it was written changes no figure: every verb that reads the file says so, and verify finds it.
/// </summary>
public sealed class DamagedRunTests(DamagedRunTests.MadeRun made) : IClassFixture<DamagedRunTests.MadeRun>, IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public static TheoryData<string, string, string> Damages => new()
    {
        { "prompts.jsonl", "swap", "analyse probe report" },
        { "prompts.jsonl", "remove", "analyse probe report" },
        { "encodings/00001/rows.jsonl", "swap", "analyse probe" },
        { "encodings/00001/rows.jsonl", "remove", "analyse probe" },
        { "encodings/00001/continuations.jsonl", "swap", "analyse probe" },
        { "encodings/00001/continuations.jsonl", "remove", "analyse probe" },
        { "scores/ngram/00001.jsonl", "swap", "analyse probe" },
        { "scores/ngram/00001.jsonl", "remove", "analyse probe" },
        { "scores/ngram/00001.jsonl", "digit", "analyse probe" },
        { "encodings/00001/input.mean.npy", "byte", "probe" },
        { "encodings/00001/output.mean.npy", "byte", "probe" },
        { "probes/ridge/ngram/layer-01.jsonl", "digit", "analyse" },
        { "probes/ridge/ngram/layer-01.predictions.npy", "byte", "analyse" },
        { "encodings/00001/input.mean.npy", "cut", "probe" },
    };

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_named_by_who_reads_the_file_and_by_verify(string file, string damage, string verbs)
    {
        Copy(made.Folder, _temporary["run"]);
        var before = File.ReadAllBytes(_temporary["run/findings.json"]);
        Damage(Path.Combine(_temporary["run"], file), damage);
        foreach (var verb in verbs.Split(' '))
        {
            if (verb == "probe")
            {
                Directory.Delete(_temporary["run/probes/ridge"], recursive: true);
            }

            using var host = new TestHost(_temporary.FullPath);
            Assert.NotEqual(ExitCode.Done, await host.RunAsync(verb, "run"));
            Assert.Contains(Path.GetFileName(file), host.Error, StringComparison.Ordinal);
            Assert.Contains(file.StartsWith("prompts", StringComparison.Ordinal) ? "Put the file back" : "Remove ", host.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(_temporary["run/findings.json"]));
        using var verify = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.SomeFailed, await verify.RunAsync("verify", "run", "--json"));
        var faults = JsonDocument.Parse(verify.Output).RootElement.GetProperty("faults");
        Assert.Equal(file, Assert.Single(faults.EnumerateArray()).GetProperty("file").GetString());
    }

    [Fact]
    public async Task A_folder_as_it_was_written_is_whole_and_one_without_hashes_is_still_read()
    {
        Copy(made.Folder, _temporary["run"]);
        using var whole = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await whole.RunAsync("verify", "run"));
        Assert.Contains("0 damaged", whole.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("no hashes", whole.Output, StringComparison.Ordinal);

        foreach (var sums in Directory.EnumerateFiles(_temporary["run"], "*unit.json", SearchOption.AllDirectories).ToArray())
        {
            File.Delete(sums);
        }

        using var old = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await old.RunAsync("verify", "run"));
        Assert.Contains("units carry no hashes", old.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync("analyse", "run"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(made.Folder, "findings.json")), File.ReadAllBytes(_temporary["run/findings.json"]));
        Damage(_temporary["run/encodings/00001/rows.jsonl"], "swap");
        Assert.Equal(ExitCode.SomeFailed, await new TestHost(_temporary.FullPath).RunAsync("verify", "run"));
    }

    [Fact]
    public async Task The_unit_that_a_message_names_is_made_again_with_the_same_bytes()
    {
        Copy(made.Folder, _temporary["run"]);
        var path = _temporary["run/scores/ngram/00001.jsonl"];
        var written = File.ReadAllBytes(path);
        Damage(path, "digit");
        File.Delete(path);
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync("score", "run", "--scorer", "ngram"));
        Assert.Equal(written, File.ReadAllBytes(path));
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync("verify", "run"));
    }

    private static void Damage(string path, string damage)
    {
        if (damage is "byte" or "cut")
        {
            var bytes = File.ReadAllBytes(path);
            // The lowest bit of a float's mantissa: as small a change as there is.
            bytes[^(bytes.Length / 2 / 4 * 4)] ^= 1;
            File.WriteAllBytes(path, damage == "cut" ? bytes[..^4] : bytes);
            return;
        }

        var lines = File.ReadAllLines(path).ToList();
        if (damage == "swap")
        {
            (lines[0], lines[1]) = (lines[1], lines[0]);
        }
        else if (damage == "remove")
        {
            lines.RemoveAt(lines.Count - 1);
        }
        else
        {
            var at = lines[0].LastIndexOfAny([.. "123456789"]);
            lines[0] = string.Concat(lines[0].AsSpan(0, at), lines[0][at] == '1' ? "2" : "1", lines[0].AsSpan(at + 1));
        }

        File.WriteAllText(path, string.Join('\n', lines) + "\n");
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>One small run of the demo for all tests.</summary>
    public sealed class MadeRun : IAsyncLifetime
    {
        private readonly TemporaryFolder _temporary = new();

        public string Folder => _temporary["run"];

        public async ValueTask InitializeAsync()
        {
            using var host = new TestHost(_temporary.FullPath);
            string[] small = ["--limit", "24", "--samples", "3", "--max-new-tokens", "4", "--chunk", "8", "--probe", "ridge"];
            Assert.Equal(ExitCode.Done, await host.RunAsync(["run", "--output", "run", .. small]));
        }

        public ValueTask DisposeAsync()
        {
            _temporary.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
