using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_started_run_opens_again_with_what_was_written()
    {
        var prompts = new[] { SampleRun.Prompt("a") with { Scores = new Dictionary<string, double?> { ["toxicity"] = 0.25, ["threat"] = null } } };
        var folder = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), prompts);

        var again = RunFolder.Open(folder.FullPath);
        var read = Assert.Single(again.ReadPrompts());
        Assert.Equal("a", read.Id);
        Assert.Equal(0.25, read.Scores["toxicity"]);
        Assert.Null(read.Scores["threat"]);
        Assert.Empty(ManifestComparison.Differences(SampleRun.Manifest(), again.ReadManifest()));
    }

    [Fact]
    public void Going_on_with_the_same_options_changes_no_file()
    {
        var folder = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]);
        var before = File.ReadAllBytes(folder.ManifestPath);
        RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]);
        Assert.Equal(before, File.ReadAllBytes(folder.ManifestPath));
    }

    [Fact]
    public void Going_on_with_other_options_names_every_difference()
    {
        RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]);
        var other = SampleRun.Manifest() with { Encoding = new EncodingManifest { Seed = 43, Samples = 5 } };
        var error = Assert.Throws<InputException>(() => RunFolder.StartOrResume(_temporary["run"], other, [SampleRun.Prompt("a")]));
        Assert.Equal("options-differ", error.Code);
        Assert.Contains("--seed: 42 there, 43 asked", error.Message, StringComparison.Ordinal);
        Assert.Contains("--samples: 25 there, 5 asked", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("top_p", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_foreign_files_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_temporary["run"]);
        File.WriteAllText(Path.Combine(_temporary["run"], "thesis.tex"), "x");
        var error = Assert.Throws<InputException>(() => RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]));
        Assert.Equal("run-folder-not-empty", error.Code);
        Assert.False(File.Exists(Path.Combine(_temporary["run"], "manifest.json")));
    }

    [Fact]
    public void A_start_that_was_killed_before_its_manifest_is_started_again()
    {
        Directory.CreateDirectory(_temporary["run"]);
        File.WriteAllText(Path.Combine(_temporary["run"], "prompts.jsonl"), "half a li");
        File.WriteAllText(Path.Combine(_temporary["run"], "manifest.json.0123456789abcdef0123456789abcdef.tmp"), "{");
        var folder = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]);
        Assert.Single(folder.ReadPrompts());
    }

    [Fact]
    public void A_broken_line_is_named_with_file_and_number()
    {
        var folder = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]);
        File.AppendAllText(folder.PromptsPath, "{\"id\": 3");
        var error = Assert.Throws<InputException>(() => folder.ReadPrompts());
        Assert.Contains("line 2 of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_not_UTF_8_is_named_as_broken()
    {
        var folder = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a"), SampleRun.Prompt("b")]);
        var bytes = File.ReadAllBytes(folder.PromptsPath);
        bytes[bytes.AsSpan().LastIndexOf("\"b\""u8) + 1] = 0xFF;
        File.WriteAllBytes(folder.PromptsPath, bytes);
        var error = Assert.Throws<InputException>(() => folder.ReadPrompts());
        Assert.Equal("run-folder-broken", error.Code);
        Assert.Contains("line 2 of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_write_that_fails_leaves_nothing_under_its_name()
    {
        var target = _temporary["unit"];
        Assert.Throws<IOException>(() => AtomicWrite.Folder(target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "rows.jsonl"), "x");
            throw new IOException("No space left on device");
        }));
        Assert.Empty(Directory.GetFileSystemEntries(_temporary.FullPath));
    }

    [Fact]
    public void A_folder_filled_over_time_is_there_when_complete_and_gone_when_left()
    {
        using (var left = AtomicWrite.BeginFolder(_temporary["left"]))
        {
            File.WriteAllText(Path.Combine(left.TemporaryPath, "rows.jsonl"), "x");
        }

        using (var kept = AtomicWrite.BeginFolder(_temporary["kept"]))
        {
            File.WriteAllText(Path.Combine(kept.TemporaryPath, "rows.jsonl"), "x");
            Assert.False(Directory.Exists(_temporary["kept"]));
            kept.Complete();
        }

        Assert.Equal(_temporary["kept"], Assert.Single(Directory.GetFileSystemEntries(_temporary.FullPath)));
        Assert.Equal("x", File.ReadAllText(Path.Combine(_temporary["kept"], "rows.jsonl")));
    }

    [Fact]
    public void A_file_write_that_fails_keeps_what_was_there()
    {
        var target = _temporary["findings.json"];
        AtomicWrite.Text(target, "old");
        Assert.Throws<IOException>(() => AtomicWrite.File(target, stream =>
        {
            stream.Write("ne"u8);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("old", File.ReadAllText(target));
        Assert.Single(Directory.GetFileSystemEntries(_temporary.FullPath));
    }

    [Fact]
    public void Two_writers_of_one_file_do_not_meet_in_its_temporary_file()
    {
        var path = _temporary["options.json"];
        AtomicWrite.File(path, first =>
        {
            first.Write("first"u8);
            AtomicWrite.Text(path, "second");
            Assert.Equal("second", File.ReadAllText(path));
        });
        Assert.Equal("first", File.ReadAllText(path));
    }

    [Fact]
    public void Leftovers_of_killed_processes_are_removed_and_nothing_else()
    {
        const string Own = "0123456789abcdef0123456789abcdef.tmp";
        var run = Directory.CreateDirectory(_temporary["run"]).FullName;
        var elsewhere = Directory.CreateDirectory(_temporary["elsewhere"]).FullName;
        File.WriteAllText(Path.Combine(elsewhere, $"theirs.{Own}"), "x");
        Directory.CreateDirectory(Path.Combine(run, "scores", $"00001.{Own}"));
        File.WriteAllText(Path.Combine(run, "scores", $"00001.{Own}", "00001.jsonl"), "x");
        File.WriteAllText(Path.Combine(run, $"00002.jsonl.{Own}"), "x");
        string[] kept = ["00003.jsonl", "notes.tmp", "00001.77.tmp", "0123456789abcdef0123456789abcdef.tmp"];
        Array.ForEach(kept, name => File.WriteAllText(Path.Combine(run, name), "x"));
        Directory.CreateSymbolicLink(Path.Combine(run, "encodings"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(run, $"link.{Own}"), elsewhere);

        AtomicWrite.RemoveLeftovers(run);

        Assert.Equal([.. kept.Append("encodings").Append($"link.{Own}").Append("scores").Order()], Names(run).Order());
        Assert.Empty(Names(Path.Combine(run, "scores")));
        Assert.Equal([$"theirs.{Own}"], Names(elsewhere));

        static IEnumerable<string> Names(string folder) => Directory.GetFileSystemEntries(folder).Select(entry => Path.GetFileName(entry));
    }

    [Theory]
    [InlineData("3/8", 3, 8)]
    [InlineData("0/1", 0, 1)]
    public void A_share_is_read(string text, int index, int count) => Assert.Equal(new Shard(index, count), Shard.Parse(text));

    [Theory]
    [InlineData("8/8")]
    [InlineData("-1/8")]
    [InlineData("3")]
    [InlineData("a/b")]
    [InlineData("0/0")]
    public void What_is_no_share_is_refused(string text) => Assert.Throws<InputException>(() => Shard.Parse(text));

    [Fact]
    public void Shares_cover_every_unit_once()
    {
        for (var unit = 0; unit < 100; unit++)
        {
            Assert.Equal(1, Enumerable.Range(0, 7).Count(index => new Shard(index, 7).Holds(unit)));
        }
    }
}
