using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs.Units;

/// <summary>The one loop over units: share, what is there, faults, progress, cancellation; and what it leaves in the folder.</summary>
public sealed class UnitLoopTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly RunFolder _run;
    private readonly Manifest _manifest;

    public UnitLoopTests()
    {
        _manifest = SampleRun.Manifest() with { Encoding = new EncodingManifest { Chunk = 1 } };
        _run = RunFolder.StartOrResume(_temporary["run"], _manifest, [SampleRun.Prompt("a")]);
    }

    public static TheoryData<bool> Both => [true, false];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Both))]
    public void Only_the_missing_units_of_the_share_are_made(bool aside)
    {
        var store = UnitStore.Scores(_run, _manifest, "x", prompts: 7);
        Write(store.Begin(2));
        var reports = new List<StageProgress>();
        var made = new List<int>();
        var result = Loop(store, aside, new Shard(0, 2), reports).Run(
            (unit, _) =>
            {
                made.Add(unit.Number);
                Write(unit, complete: false);
            },
            CancellationToken.None);

        Assert.Equal([0, 4, 6], made);
        Assert.Equal((3, 1, 0), (result.Done, result.AlreadyDone, result.Failed.Count));
        Assert.Equal(["00000.jsonl", "00002.jsonl", "00004.jsonl", "00006.jsonl"], Files(store));
        Assert.Equal(new StageProgress("score", 10, 40, "texts", 10), reports[0]);
        Assert.Equal(new StageProgress("score", 40, 40, "texts", 10), reports[^1]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void A_unit_that_fails_is_told_and_kept_until_it_is_made(bool aside)
    {
        var store = UnitStore.Scores(_run, _manifest, "x", prompts: 3);
        var reports = new List<StageProgress>();
        var first = Loop(store, aside, Shard.All, reports).Run(
            (unit, _) =>
            {
                File.WriteAllText(Path.Combine(unit.Folder, "half"), "x");
                Write(unit.Number == 1 ? throw new IOException("no room") : unit, complete: false);
            },
            CancellationToken.None);

        Assert.Equal(new UnitFailure("scores/x/00001", "no room"), Assert.Single(first.Failed));
        Assert.Equal(2, first.Done);
        Assert.Equal(20, reports[^1].Done);
        Assert.Equal([UnitState.Done, UnitState.Failed, UnitState.Done], store.List().Select(unit => unit.State));
        Assert.Equal("no room", store.List()[1].Message);

        var second = Loop(store, aside).Run((unit, _) => Write(unit, complete: false), CancellationToken.None);
        Assert.Equal((1, 2), (second.Done, second.AlreadyDone));
        Assert.All(store.List(), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.DoesNotContain(Files(store), file => file.Contains("failed", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_units_made_together_one_may_fail()
    {
        var store = UnitStore.Probes(_run, _manifest, "p", "x", [0, 3, 5]);
        var result = new UnitLoop(store, Options([]) with { Together = 2 }).RunTogether(
            (units, _) =>
            {
                foreach (var unit in units)
                {
                    Assert.Equal(unit.Number != 3, unit.Guard(() => Write(unit.Number == 3 ? throw new IOException("torn") : unit, complete: false)));
                }
            },
            CancellationToken.None);
        Assert.Equal(new UnitFailure("probes/p/x/layer-03", "torn"), Assert.Single(result.Failed));
        Assert.Equal(["layer-00.jsonl", "layer-03.failed.json", "layer-05.jsonl"], Files(store));
    }

    [Fact]
    public async Task A_fault_that_ends_the_loop_says_how_many_are_left()
    {
        var store = UnitStore.Scores(_run, _manifest, "x", prompts: 5);
        var options = Options([]) with { Ends = error => error is TimeoutException ? "nobody answers" : null };
        var tried = 0;
        var result = await new UnitLoop(store, options).RunAsync(
            async (unit, _) =>
            {
                await Task.Yield();
                tried++;
                Write(unit.Number == 1 ? throw new TimeoutException() : unit, complete: false);
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(2, tried);
        Assert.Equal(new UnitFailure("scores/x/00001 and the 3 after it", "nobody answers"), Assert.Single(result.Failed));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_was_made_before_an_interruption_is_kept_and_the_unit_in_work_is_removed(bool aside)
    {
        var store = UnitStore.Encodings(_run, _manifest, prompts: 4);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Loop(store, aside).Run(
            (unit, _) =>
            {
                Assert.Equal(UnitState.Claimed, store.List()[unit.Number].State);
                if (unit.Number == 2)
                {
                    source.Cancel();
                    source.Token.ThrowIfCancellationRequested();
                }

                File.WriteAllText(Path.Combine(unit.Folder, "rows.jsonl"), "{}");
            },
            source.Token));
        Assert.Equal(["00000", "00001"], Files(store));
        Assert.Equal(["done", "done", "missing", "missing"], store.List().Select(unit => unit.State.ToString().ToLowerInvariant()));
    }

    [Fact]
    public void A_run_says_how_far_it_has_come()
    {
        Write(UnitStore.Scores(_run, _manifest, "x").Begin(0));
        var status = RunStatus.Of(_run);
        Assert.Equal("incomplete", status.State);
        Assert.Equal(["encodings", "scores/x"], status.Stages.Select(stage => stage.Stage));
        Assert.Equal((1, 0, 1), (status.Stages[0].Units, status.Stages[0].Done, status.Stages[0].Missing));
        Assert.Equal((1, 1, 0), (status.Stages[1].Units, status.Stages[1].Done, status.Stages[1].Missing));
    }

    private static UnitLoop Loop(UnitStore store, bool aside, Shard? shard = null, List<StageProgress>? reports = null) =>
        new(store, Options(reports ?? []) with { CompletesAside = aside, Shard = shard ?? Shard.All });

    private static UnitLoopOptions Options(List<StageProgress> reports) =>
        new() { Stage = "score", Counted = "texts", Weight = _ => 10, Progress = new Recorder(reports) };

    private static void Write(UnitFiles unit, bool complete = true)
    {
        File.WriteAllText(Path.Combine(unit.Folder, $"{Path.GetFileName(unit.Name)}.jsonl"), "{}");
        File.Delete(Path.Combine(unit.Folder, "half"));
        if (complete)
        {
            unit.Complete();
            unit.Dispose();
        }
    }

    private static string[] Files(UnitStore store) =>
    [
        .. Directory.GetFileSystemEntries(store.Folder)
            .Select(entry => Path.GetFileName(entry))
            .Where(name => !name.EndsWith(".unit.json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private sealed class Recorder(List<StageProgress> reports) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => reports.Add(value);
    }
}
