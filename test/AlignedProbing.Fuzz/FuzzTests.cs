using System.Globalization;
using AlignedProbing.Fuzz.Targets;

namespace AlignedProbing.Fuzz;

/// <summary>
/// No file, however damaged, has another outcome than being read or being refused in words. A short run by default; FUZZ_CASES sets the cases of each format,
/// FUZZ_SEED their seed, FUZZ_KEEP a folder for files that failed.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(20);

    public static TheoryData<FuzzTarget> Targets { get; } = [.. AllTargets.All];

    [Theory]
    [MemberData(nameof(Targets), DisableDiscoveryEnumeration = true)]
    public void Every_file_is_read_or_refused(FuzzTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var cases = Number("FUZZ_CASES", 0);
        var time = cases > 0 ? TimeSpan.MaxValue : ShortRun / AllTargets.All.Count;
        var outcome = Fuzzer.Run(target, Number("FUZZ_SEED", 1), cases > 0 ? cases : 10_000, time);
        output.WriteLine($"{target.Name}: {outcome.Read} read, {outcome.Refused} refused, {outcome.Faults.Count} faults");
        if (Environment.GetEnvironmentVariable("FUZZ_TABLE") is { Length: > 0 } table)
        {
            File.AppendAllText(table, $"| {target.Name} | {outcome.Read} | {outcome.Refused} | {outcome.Faults.Count} |\n");
        }

        Assert.True(outcome.Faults.Count == 0, string.Join('\n', outcome.Faults));
        Assert.True(outcome.Read > 0, $"no file was read: the corpus is none of this format ({outcome.Words})");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
