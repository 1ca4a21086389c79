using System.Diagnostics;
using AlignedProbing.Cli.Tests.Runs;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Tracking;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>Workers on one folder that claim units through a real Redis, which dies, forgets, lags and refuses: the files at the end are the same.</summary>
public sealed class RedisTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Workers_divide_a_run_also_where_some_are_killed_and_no_unit_is_made_twice_but_for_them()
    {
        using var redis = RedisServer.StartOrSkip();
        await WholeAsync();
        var workers = Enumerable.Range(0, 4).Select(_ => Claiming(redis.Variables)).ToArray();
        await Worker.UntilAsync(() => Worker.Chunks(_temporary["run"]) >= 2);
        workers[0].Kill();
        workers[1].Kill();
        foreach (var survivor in workers[2..])
        {
            var (code, error) = await Worker.EndedAsync(survivor);
            Assert.True(code == ExitCode.Done, error);
        }

        foreach (var killed in workers[..2])
        {
            await Worker.EndedAsync(killed);
        }

        using var connection = await redis.ConnectAsync();
        var database = connection.GetDatabase();
        var keys = RedisKeys.Of(RunFolder.Open(_temporary["run"]));
        Assert.Contains(keys.Run, database.SetMembers(RedisKeys.Runs).Select(member => member.ToString()));
        string[] units =
        [
            .. Enumerable.Range(0, 12).Select(chunk => $"encodings/{chunk:00000}"),
            .. Enumerable.Range(0, 4).Select(layer => $"probes/ridge/ngram/layer-{layer:00}"),
        ];
        var times = units.Select(unit => (int)database.HashGet(keys.Unit(unit), "times")).ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine($"times each unit was made: {string.Join(' ', times)}");
        // A killed worker may have finished a unit and not have said so; then it is counted by nobody.
        Assert.All(times, count => Assert.InRange(count, 0, 2));
        Assert.InRange(times.Count(count => count > 1), 0, 2);
        Assert.InRange(times.Count(count => count == 0), 0, 2);
        Assert.Equal("done", database.HashGet(keys.Unit(units[^1]), "state"));
        Assert.Equal("EMT", database.HashGet(keys.Finding("behavior", 0), "metric"));
        Assert.All(units, unit => Assert.False(database.KeyExists(keys.Claim(unit))));
        await SameAsync();
    }

    [Fact]
    public async Task Redis_may_die_restart_empty_and_be_flushed()
    {
        using var redis = RedisServer.StartOrSkip();
        await WholeAsync();
        var workers = Enumerable.Range(0, 2).Select(_ => Claiming(redis.Variables)).ToArray();
        await Worker.UntilAsync(() => Worker.Chunks(_temporary["run"]) >= 1);
        redis.Kill();
        await Worker.UntilAsync(() => Worker.Chunks(_temporary["run"]) >= 3 || workers.All(worker => worker.HasExited));
        redis.Start();
        using (var connection = await redis.ConnectAsync())
        {
            await Worker.UntilAsync(() => Worker.Chunks(_temporary["run"]) >= 5 || workers.All(worker => worker.HasExited));
            await connection.GetServers()[0].FlushAllDatabasesAsync();
        }

        foreach (var worker in workers)
        {
            var (code, error) = await Worker.EndedAsync(worker);
            Assert.True(code == ExitCode.Done, error);
        }

        await SameAsync();
    }

    [Theory]
    [InlineData("password")]
    [InlineData("refusing")]
    [InlineData("slow")]
    [InlineData("eternal")]
    public async Task A_redis_that_does_not_serve_changes_nothing(string fault)
    {
        using var redis = RedisServer.StartOrSkip(fault == "password" ? ["--requirepass", "the-right-password"] : []);
        await WholeAsync();
        var variables = redis.Variables;
        using var connection = fault is "slow" or "eternal" ? await redis.ConnectAsync() : null;
        switch (fault)
        {
            case "password":
                variables["REDIS_PASSWORD"] = "a-wrong-password";
                break;
            case "refusing":
                redis.Kill();
                break;
            case "slow":
                await connection!.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "600000");
                break;
            default:
                // Somebody claims every unit for ever.
                Assert.Equal(
                    ExitCode.Done,
                    (
                        await Worker.EndedAsync(
                            Worker.Start(_temporary.FullPath, [], ["encode", .. Worker.Run[..8], "--threads", "1", "--output", "run", "--shard", "0/12"]))
                    ).Code);
                var keys = RedisKeys.Of(RunFolder.Open(_temporary["run"]));
                for (var chunk = 0; chunk < 12; chunk++)
                {
                    await connection!.GetDatabase().StringSetAsync(keys.Claim($"encodings/{chunk:00000}"), "somebody");
                }

                break;
        }

        var start = Stopwatch.GetTimestamp();
        var (code, error) = await Worker.EndedAsync(Claiming(variables));
        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("a-wrong-password", error, StringComparison.Ordinal);
        if (fault != "eternal")
        {
            Assert.Contains("going on without it", error, StringComparison.Ordinal);
            Assert.Contains(fault == "password" ? "it does not take the password" : "Redis (127.0.0.1:", error, StringComparison.Ordinal);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{fault}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        await SameAsync();
    }

    [Fact]
    public async Task Claims_without_a_redis_are_refused()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("encode", "--limit", "4", "--output", "run", "--claim"));
        Assert.Contains("--claim: no Redis is named", host.Error, StringComparison.Ordinal);
    }

    private Process Claiming(Dictionary<string, string> variables) =>
        Worker.Start(_temporary.FullPath, variables, ["run", .. Worker.Run, "--output", "run", "--claim", "--claim-seconds", "4"]);

    private async Task WholeAsync() =>
        Assert.Equal(ExitCode.Done, (await Worker.EndedAsync(Worker.Start(_temporary.FullPath, [], ["run", .. Worker.Run, "--output", "whole"]))).Code);

    // What killed workers left is removed by who works alone.
    private async Task SameAsync()
    {
        Assert.Equal(ExitCode.Done, (await Worker.EndedAsync(Worker.Start(_temporary.FullPath, [], ["run", .. Worker.Run, "--output", "run"]))).Code);
        Assert.Equal(RunFiles.Hashes(_temporary["whole"]), RunFiles.Hashes(_temporary["run"]));
    }
}
