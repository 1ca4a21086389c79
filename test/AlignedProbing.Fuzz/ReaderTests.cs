using System.Text;
using System.Text.RegularExpressions;
using AlignedProbing.Fuzz.Targets;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Fuzz;

/// <summary>
/// Foreign JSON has one door, and every reader that uses it is walked here: what is no text, too deep or named twice is refused, never a fault.
/// </summary>
public sealed partial class ReaderTests
{
    private const int Most = 40;

    public static TheoryData<FuzzTarget> Readers { get; } = [.. AllTargets.All.Where(target => target.Sources.Count > 0)];

    [Fact]
    public void No_file_reads_JSON_past_the_one_door()
    {
        var past = Sources().Where(source => Path.GetFileName(source.Path) != "ForeignJson.cs" && Past().IsMatch(source.Text)).Select(source => source.Path);
        Assert.Empty(past);
    }

    [Fact]
    public void Every_reader_of_foreign_JSON_has_a_target()
    {
        var readers = Sources().Where(source => source.Text.Contains("ForeignJson.", StringComparison.Ordinal)).Select(source => source.Path).Order();
        Assert.Equal(readers, AllTargets.All.SelectMany(target => target.Sources).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Readers), DisableDiscoveryEnumeration = true)]
    public void What_is_no_text_too_deep_or_named_twice_is_read_or_refused(FuzzTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var file = target.Corpus().First();
        byte[][] damaged = file.AsSpan().IndexOf((byte)'{') < 0 ? [] : [.. Some([.. Damaged(file)])];
        var one = target with { Corpus = () => damaged };
        var outcome = Fuzzer.Run(one, 0, damaged.Length, TimeSpan.MaxValue);
        Assert.True(outcome.Faults.Count == 0, string.Join('\n', outcome.Faults));
        Assert.True(outcome.Refused > 0 || damaged.Length == 0 || outcome.Read == damaged.Length);
    }

    // Enough of them to meet every kind of place, spread over the file; the last, the deep one, in any case.
    private static IEnumerable<byte[]> Some(byte[][] all) =>
        all.Where((_, i) => i % Math.Max(1, all.Length / Most) == 0 || i == all.Length - 1);

    // In every text of the file: half a pair, its other half, a byte that is no UTF-8; the file in a thousand lists; every name a second time.
    private static IEnumerable<byte[]> Damaged(byte[] file)
    {
        var open = false;
        for (var i = 0; i < Math.Min(file.Length, 4000); i++)
        {
            if (file[i] != '"' || (i > 0 && file[i - 1] == '\\'))
            {
                continue;
            }

            open = !open;
            if (open)
            {
                yield return [.. file[..(i + 1)], .. "\\ud83d"u8, .. file[(i + 1)..]];
                yield return [.. file[..(i + 1)], .. "\\uDE00x"u8, .. file[(i + 1)..]];
                yield return [.. file[..(i + 1)], 0xFF, .. file[(i + 1)..]];
            }
            else if (file.AsSpan(i + 1).TrimStart((byte)' ') is [(byte)':', ..])
            {
                var start = file.AsSpan(0, i).LastIndexOf((byte)'"');
                yield return [.. file[..start], .. file[start..(i + 1)], .. ":0,"u8, .. file[start..]];
            }
        }

        yield return [.. Encoding.ASCII.GetBytes(new string('[', 1000)), .. file, .. Encoding.ASCII.GetBytes(new string(']', 1000))];
    }

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        var root = Path.Combine(SharedData.RepositoryRoot, "src");
        return Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(root, file).Replace('\\', '/'), File.ReadAllText(file)));
    }

    [GeneratedRegex(@"JsonDocument\.(Try)?Parse|JsonSerializer\.Deserialize|JsonNode\.Parse|JsonElement\.Parse|new Utf8JsonReader|ReadFromJson")]
    private static partial Regex Past();
}
